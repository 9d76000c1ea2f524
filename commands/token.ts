/** `hinge token`: a fresh token, and the lines of hinge.yaml that let it in. */

import { HingeError } from '../errors.ts';
import { createToken, type Scope } from '../tokens.ts';
import { type Command, EXIT } from './command.ts';
import { text } from './words.ts';

const SCOPES: readonly Scope[] = ['ingest', 'read', 'operate', 'admin'];

export const token: Command = {
  summary: 'print a fresh token for senders or people, and its lines for the configuration',
  help: `hinge token NAME --scope SCOPE[,SCOPE] [--expires DAY]

The token is shown this once; the configuration keeps its digest. Clients send Authorization: Bearer TOKEN, hinge's own commands
take it from $HINGE_TOKEN, and a browser asks for it as a password.

Options
      --scope LIST    ingest: send telemetry; read: ask; operate: ask and act; admin: everything
      --expires DAY   the last day on which it counts, as in 2027-03-31

Examples
  hinge token collector-eu --scope ingest
  hinge token grafana --scope read --expires 2027-03-31`,
  options: { scope: { type: 'string' }, expires: { type: 'string' } },
  async run({ words, values, print, say }) {
    const [name] = words;
    if (name === undefined || words.length > 1)
      throw new HingeError('USAGE', 'hinge token NAME --scope SCOPE: give one name');
    const scopes = scopesOf(text(values, 'scope') ?? '');
    const expires = text(values, 'expires');
    const { token: secret, sha256 } = createToken();
    print(`${secret}\n`);
    const lines = [
      'tokens:',
      `  - name: ${JSON.stringify(name)}`,
      `    sha256: ${sha256}`,
      `    scopes: [${scopes.join(', ')}]`,
      ...(expires === undefined ? [] : [`    expires: ${JSON.stringify(expires)}`]),
    ];
    say(`keep it now, it is not shown again. For hinge.yaml:\n${lines.join('\n')}`);
    return EXIT.fine;
  },
};

function scopesOf(list: string): Scope[] {
  const names = list.split(',').map((each) => each.trim());
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name));
  if (unknown !== undefined) {
    throw new HingeError(
      'USAGE',
      `--scope is "${list}": give one or more of ${SCOPES.join(', ')}, with commas between`,
    );
  }
  return SCOPES.filter((scope) => names.includes(scope));
}

/** hinge doctor on a flagd file: what it reads, and what it says when the file or a flag is not there. */
import { expect, it } from 'vitest';
import { hinge, scratchFolder } from '../../support/hinge.ts';

const DEFINITION = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };

it.each([
  [
    'is read',
    JSON.stringify({ flags: { 'pay.retry': DEFINITION } }),
    /^ok {4}flagd .*is the flags of production; 1 flag read/m,
  ],
  [
    'that lacks the flag',
    JSON.stringify({ flags: {} }),
    /^fail {2}flagd .*there is no flag "pay\.retry" in .*flags\.json/m,
  ],
  ['that is none', 'flags:', /^fail {2}flagd .*flags\.json is not a flagd definition file/m],
])('a file %s', async (_, text, expected) => {
  using folder = scratchFolder();
  const config = folder.write(
    'hinge.yaml',
    `data: ${folder.path}/data
flagd: { file: ${folder.write('flags.json', text)}, environment: production }
slos: [{ name: pay-errors, service: pay, indicator: errors, objective: 0.99 }]
behaviours: [{ name: retries, service: pay, flag: pay.retry, environments: [production], mode: act, slos: [pay-errors] }]
`,
  );
  const { out, err } = await hinge(['doctor', '--config', config]);
  expect(out + err).toMatch(expected);
});

/** `npm run schema`: writes docs/report.schema.json from the schema that the API checks reports against. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportJsonSchema } from '../api/report-schema.ts';

writeFileSync(join(import.meta.dirname, 'report.schema.json'), `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);

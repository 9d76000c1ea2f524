/** Entry of the engine's child process: calls ClickHouse's local main in libchdb with the arguments given, and ends with it. */
import { DataType, load, open } from 'ffi-rs';

const [library, ...argv] = process.argv.slice(2);
if (library === undefined) throw new Error('usage: process <path of libchdb> <arguments of the engine>');

// The call blocks this thread until the engine ends. It must be the main thread: libraries that switch stacks
// (koffi, for one) make ClickHouse fail with code 306.
open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
});
process.exit(0);

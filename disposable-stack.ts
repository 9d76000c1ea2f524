/** Node 22 has no stacks for resources yet; Node 24 has. Imported first, by entry points alone. */

import * as ponyfill from '@whatwg-node/disposablestack';

globalThis.AsyncDisposableStack ??= ponyfill.AsyncDisposableStack as AsyncDisposableStackConstructor;
globalThis.DisposableStack ??= ponyfill.DisposableStack as DisposableStackConstructor;

/** The drawing: the module that a widget travels as, unpacked when something is first drawn, and once if the page has widgets too. */
import { load } from '../../lib/core.js';

declare const __webpack_public_path__: string; // where the bundle was loaded from

type Core = typeof import('./widget');

export async function core(): Promise<Core> {
  const found = (await load()) as Core;
  found.useGraphviz(new URL(`${__webpack_public_path__}graphviz.js`, location.href).href);
  return found;
}

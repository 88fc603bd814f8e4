/** Runs in Node before the edge tier: the WebAssembly that functions/runtime/ort.ts imports has to be there. */
import { prepareOrtWasm } from '../../offline/edge/ort-wasm.ts';

export async function setup(): Promise<void> {
  await prepareOrtWasm();
}

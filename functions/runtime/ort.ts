/**
 * onnxruntime-web inside workerd: its WebAssembly imported statically, as a Worker has to (see unshared-ort.ts for the rest).
 * What the graphs mean is ground.ts's business; where their bytes come from, bundle.ts's.
 */
import ortWasm from '../../.cuepoint/worker/ort.wasm';
import { createUnsharedOrt, MAX_PAGES, type Session, tensor } from './unshared-ort.ts';

export { type Session, tensor };

/** openSession: a graph with the wasm provider; heapBytes: how far the isolate's one wasm memory has grown (unshared-ort.ts). */
export const { openSession, heapBytes } = createUnsharedOrt(ortWasm, MAX_PAGES);

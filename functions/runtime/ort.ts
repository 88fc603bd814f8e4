/**
 * onnxruntime-web inside workerd: its WebAssembly imported statically, as a Worker has to (see unshared-ort.ts for the rest).
 * What the graphs mean is ground.ts's business; where their bytes come from, bundle.ts's.
 */
import ortWasm from './ort.wasm';
import { createUnsharedOrt, MAX_PAGES, type Session, tensor } from './unshared-ort.ts';

export { type Session, tensor };

/**
 * Open a graph with the wasm provider.
 * @throws Error of onnxruntime when the bytes are no graph it can run, or when memory runs out.
 */
export const { openSession } = createUnsharedOrt(ortWasm, MAX_PAGES);

/**
 * onnxruntime-web inside workerd: open ONNX graphs as sessions without compiling WebAssembly at run time.
 *
 * A Worker may not compile WebAssembly from bytes, and onnxruntime-web has no hook for a compiled module. So while its
 * first session is made, its one `WebAssembly.instantiate` call is answered with the statically imported module, and its
 * request for a shared memory with a plain one (ort.wasm is the installed build with the shared flag taken off by
 * offline/edge/ort-wasm.ts). Every global that was touched is put back before anyone else can look.
 * What the graphs mean is ground.ts's business; where their bytes come from, bundle.ts's.
 */
import * as ort from 'onnxruntime-web/wasm';
import ortWasm from './ort.wasm';

/**
 * 80 MiB in pages of 64 KiB. An isolate has 128 MB for everything: a request's body and frames and the index take up to
 * 40. Above this onnxruntime throws an allocation error, which is a 500 for one request and not the end of the isolate.
 */
const MAX_PAGES = 1280;
/** What onnxruntime-web 1.30 declares as its minimum; instantiation fails below it. */
const INITIAL_PAGES = 256;

export type Session = ort.InferenceSession;

let initialised = false;
let initialising = false;

/**
 * Open a graph with the wasm provider.
 * @throws Error of onnxruntime when the bytes are no graph it can run, or when memory runs out.
 */
export async function openSession(graph: Uint8Array): Promise<Session> {
  // Two first initialisations at once make onnxruntime throw. Waiting is by time, not by the other's promise: in workerd a
  // promise belongs to the request that made it, and dies with it.
  while (initialising) await new Promise((resolve) => setTimeout(resolve, 5));
  if (initialised) return create(graph);
  initialising = true;
  try {
    // Memory is what may be missing. Asked for here, its lack can be tried again; inside onnxruntime it would be remembered
    // as a failed initialisation for the life of the isolate.
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES });
    return await withStaticModule(memory, () => create(graph));
  } finally {
    initialising = false;
  }
}

export function tensor(data: Float32Array, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor('float32', data, shape);
}

function create(graph: Uint8Array): Promise<Session> {
  return ort.InferenceSession.create(graph, { executionProviders: ['wasm'], logSeverityLevel: 3 });
}

/** Run `first` while onnxruntime sees the static module, the given memory and no sharing; then put everything back. */
async function withStaticModule<T>(memory: WebAssembly.Memory, first: () => Promise<T>): Promise<T> {
  const webAssembly = WebAssembly as unknown as Record<string, unknown>;
  const restore = [
    replace(webAssembly, 'instantiate', async (_bytes: unknown, imports: WebAssembly.Imports) => {
      const instance = new WebAssembly.Instance(ortWasm, imports);
      initialised = true;
      return { instance, module: ortWasm };
    }),
    // A constructor that returns an object gives that object: `new WebAssembly.Memory({ shared: true, … })` is ours.
    replace(webAssembly, 'Memory', function Memory() {
      return memory;
    }),
    replace(Atomics as unknown as Record<string, unknown>, 'waitAsync', undefined), // needs a shared memory; the glue asks before use
    replace(globalThis as unknown as Record<string, unknown>, 'SharedArrayBuffer', undefined),
  ];
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = new ArrayBuffer(1); // "I have the bytes": onnxruntime then fetches nothing; they are never read
  try {
    return await first();
  } finally {
    for (const undo of restore) undo();
  }
}

function replace(target: Record<string, unknown>, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
  return () => (own ? Object.defineProperty(target, name, own) : delete target[name]);
}

/**
 * onnxruntime-web over a module that is compiled already and a memory that is not shared.
 *
 * A Worker may not compile WebAssembly from bytes, and onnxruntime-web has no hook for a compiled module. So while its
 * first session is made, its one `WebAssembly.instantiate` call is answered with the given module, and its request for a shared
 * memory with a plain one (the module is the installed build with the shared flag taken off by offline/local-worker/ort-wasm.ts). Every
 * global that was touched is put back before other code can run. It runs in workerd (ort.ts) and, to find out beforehand
 * what a Worker has the memory for, in Node (offline/local-worker/fit.ts): neither's own globals are used.
 */
import * as ort from 'onnxruntime-web/wasm';

/**
 * 80 MiB in pages of 64 KiB. An isolate has 128 MB for everything: a request's body and frames and the index take up to
 * 40. Above this onnxruntime throws an allocation error, which is a 500 for one request and not the end of the isolate.
 */
export const MAX_PAGES = 1280;
/** What onnxruntime-web 1.30 declares as its minimum; instantiation fails below it. */
const INITIAL_PAGES = 256;

export type Session = ort.InferenceSession;

export interface UnsharedOrt {
  /**
   * Open a graph with the wasm provider.
   * @param optimise onnxruntime rewrites the graph beside the graph as it was read, for which a large one needs room
   * @throws Error of onnxruntime when the bytes are no graph it can run, or when memory runs out.
   */
  openSession(graph: Uint8Array, optimise?: boolean): Promise<Session>;
  /** How far the memory has grown; it never shrinks. */
  heapBytes(): number;
}

// workerd and Node have the same WebAssembly, and no types of it in common.
type Memory = { buffer: ArrayBuffer };
interface WasmApi {
  Memory: new (limits: { initial: number; maximum: number }) => Memory;
  Instance: new (module: object, imports: object) => object;
}
const { Memory, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

/**
 * To be called once: onnxruntime-web is one of a kind in its process or isolate.
 * @param module compiled
 * @param maxPages how far its memory may grow, in 64 KiB
 */
export function createUnsharedOrt(module: object, maxPages: number): UnsharedOrt {
  let initialised = false;
  let initialising = false;
  let memory: Memory | undefined;
  return {
    async openSession(graph, optimise = true) {
      // Two first initialisations at once make onnxruntime throw. Waiting is by time, not by the other's promise: in workerd a
      // promise belongs to the request that made it, and dies with it.
      while (initialising) await new Promise((resolve) => setTimeout(resolve, 5));
      if (initialised) return create(graph, optimise);
      initialising = true;
      try {
        // Memory is what may be missing. Asked for here, its lack can be tried again; inside onnxruntime it would be remembered
        // as a failed initialisation for the life of the isolate.
        memory = new Memory({ initial: INITIAL_PAGES, maximum: maxPages });
        const instantiate = async (_bytes: unknown, imports: object) => {
          const instance = new Instance(module, imports);
          initialised = true;
          return { instance, module };
        };
        return await pretending({ instantiate, memory }, () => create(graph, optimise));
      } finally {
        initialising = false;
      }
    },
    heapBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

export function tensor(data: Float32Array, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor('float32', data, shape);
}

function create(graph: Uint8Array, optimise: boolean): Promise<Session> {
  return ort.InferenceSession.create(graph, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
    // The levels above change nothing that was measured, and take longer.
    graphOptimizationLevel: optimise ? 'extended' : 'disabled',
  });
}

interface Pretended {
  instantiate: unknown;
  memory: Memory;
}

/** Run `first` while onnxruntime sees our module, our memory and no sharing; then put everything back. */
async function pretending<T>({ instantiate, memory }: Pretended, first: () => Promise<T>): Promise<T> {
  const globals = globalThis as unknown as Record<string, Record<string, unknown>>;
  const restore = [
    replace(globals.WebAssembly, 'instantiate', instantiate),
    // A constructor that returns an object gives that object: `new WebAssembly.Memory({ shared: true, … })` is ours.
    replace(globals.WebAssembly, 'Memory', function Memory() {
      return memory;
    }),
    replace(globals.Atomics, 'waitAsync', undefined), // needs a shared memory; the glue asks before use
    replace(globals, 'SharedArrayBuffer', undefined),
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

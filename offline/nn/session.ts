/** Run a model with onnxruntime-node on float32 arrays. */
import ort from 'onnxruntime-node';

export interface Values {
  data: Float32Array;
  shape: readonly number[];
}

export interface Session {
  /**
   * @param reuse outputs whose memory is given: the runtime writes into these arrays instead of new ones
   * @throws Error naming the model when an input is missing or of a wrong shape
   */
  run(
    inputs: Readonly<Record<string, Values>>,
    reuse?: Readonly<Record<string, Values>>,
  ): Promise<Record<string, Values>>;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** For messages. */
  name: string;
  threads: number;
}

export async function openSession(model: Uint8Array, { name, threads }: SessionOptions): Promise<Session> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    enableMemPattern: false, // a pattern nearly doubles the memory of a training step
    logSeverityLevel: 3,
    // Less accurate than the plain operator on the CPU, and wrong in its third output on WebGPU.
    extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
  });
  const tensor = ({ data, shape }: Values) => new ort.Tensor('float32', data, shape);
  return {
    async run(inputs, reuse) {
      const feeds = Object.fromEntries(
        session.inputNames.map((key) => {
          if (!inputs[key]) throw new Error(`internal: model ${name} wants the input "${key}"`);
          return [key, tensor(inputs[key])];
        }),
      );
      const fetches = Object.fromEntries(
        session.outputNames.map((key) => [key, reuse?.[key] ? tensor(reuse[key]) : null]),
      );
      const outputs = await session.run(feeds, fetches).catch((error: unknown) => {
        throw new Error(`model ${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
      });
      return Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, { data: value.data as Float32Array, shape: value.dims }]),
      );
    },
    close: () => session.release(),
  };
}

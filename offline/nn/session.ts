/** Run a model with onnxruntime-node on arrays of float32 and int32, and on vectors that stay on the device. */
import ort from 'onnxruntime-node';
import { type Device, runtimeOptions } from './device.ts';
import type { DeviceBuffer } from './device-buffer.ts';

/** Float32 values in row-major order. */
export interface Values {
  data: Float32Array;
  shape: readonly number[];
}

/** An input of a model, values in row-major order. */
export interface Input {
  data: Float32Array | Int32Array;
  shape: readonly number[];
}

/** An open model. */
export interface Session {
  /** Names of the inputs that it uses; any other is ignored. */
  inputNames: readonly string[];
  /**
   * @param into vectors that outputs replace, also where they are inputs; the other outputs are returned
   * @throws Error naming the model when an input is missing or of a wrong shape
   */
  run(
    inputs: Readonly<Record<string, Input | DeviceBuffer>>,
    into?: Readonly<Record<string, DeviceBuffer>>,
  ): Promise<Record<string, Values>>;
  close(): Promise<void>;
}

/** Where and how a model runs. */
export interface SessionOptions {
  /** For messages. */
  name: string;
  threads: number;
  /** The CPU unless said. */
  device?: Device;
  /** The outputs that every run puts `into` a device buffer. */
  onDevice?: readonly string[];
  /** Measure every node, into a file that starts so; it is written on closing. */
  profile?: string;
}

/** @param model bytes of an ONNX file. @throws Error of onnxruntime when the model is not valid or the device is not there */
export async function openSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  const { name, threads, device = 'cpu', onDevice, profile } = options;
  const session = await ort.InferenceSession.create(model, runtimeOptions(device, threads, onDevice, profile));
  const feed = (key: string, value: Input | DeviceBuffer | undefined): ort.Tensor => {
    if (!value) throw new Error(`internal: model ${name} wants the input "${key}"`);
    return 'tensor' in value ? value.tensor() : tensor(value);
  };
  return {
    inputNames: session.inputNames,
    async run(inputs, into = {}) {
      const feeds = Object.fromEntries(session.inputNames.map((key) => [key, feed(key, inputs[key])]));
      const fetches = Object.fromEntries(session.outputNames.map((key) => [key, into[key]?.target() ?? null]));
      const outputs = await session.run(feeds, fetches).catch((error: unknown) => {
        throw toldApart(name, error);
      });
      const returned: Record<string, Values> = {};
      for (const [key, value] of Object.entries(outputs)) {
        if (into[key]) into[key].replace(value);
        else returned[key] = { data: value.data as Float32Array, shape: value.dims };
      }
      return returned;
    },
    async close() {
      if (profile) session.endProfiling();
      await session.release();
    },
  };
}

const NO_MEMORY = /bad_alloc|failed to allocate|out of memory|available memory/i;

/** The runtime's message on a lack of memory names an allocator; ours names the next step. */
function toldApart(name: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return NO_MEMORY.test(message)
    ? new Error(`model ${name}: out of memory. Take fewer at once.`, {
        cause: error,
      })
    : new Error(`model ${name}: ${message}`, { cause: error });
}

function tensor({ data, shape }: Input): ort.Tensor {
  return data instanceof Int32Array ? new ort.Tensor('int32', data, shape) : new ort.Tensor('float32', data, shape);
}

/**
 * Vectors that stay where the device computes: parameters, moments, gradient.
 *
 * A model reads such a vector and writes the next one. On WebGPU the next one is a new buffer, and the old one is freed at
 * once, because the garbage collector does not see a device's memory. On the CPU the runtime writes into two arrays in turn.
 */
import ort from 'onnxruntime-node';
import { type Device, keepsOutputs, runtimeOptions } from './device.ts';
import { createGraph, emit, input } from './graph.ts';

/** A vector of float32 where the device computes. */
export interface DeviceBuffer {
  /** What a model is fed. */
  tensor(): ort.Tensor;
  /** Where the runtime is to write the next vector; null where it brings its own memory. */
  target(): ort.Tensor | null;
  /** The next vector, as a run gave it. */
  replace(next: ort.Tensor): void;
  /**
   * Values from `from` to before `to`, which runs read of this vector and write of the next; `turn` makes that this one, once all of it is
   * written. Of vectors in the host's memory only.
   */
  part(from: number, to: number): DeviceBuffer;
  turn(): void;
  load(values: Float32Array): Promise<void>;
  /** A copy. */
  read(): Promise<Float32Array>;
}

/** The vectors of one device. */
export interface DeviceBuffers {
  /** A vector of `size` values, to be loaded or written by a run before it is read. */
  create(size: number): DeviceBuffer;
  /** Frees them all. */
  close(): Promise<void>;
}

/** @throws Error of onnxruntime when there is no such device */
export async function openDeviceBuffers(device: Device): Promise<DeviceBuffers> {
  return keepsOutputs(device) ? onDevice(device) : { create: inTurn, close: async () => {} };
}

const inTurn = (size: number): DeviceBuffer => hostBuffer(new Float32Array(size), new Float32Array(size));

function hostBuffer(...memory: [now: Float32Array, next: Float32Array]): DeviceBuffer {
  let [now, next] = memory;
  const turn = (): void => {
    [now, next] = [next, now];
  };
  return {
    tensor: () => vector(now),
    target: () => vector(next),
    replace: turn,
    part: (from, to) => hostBuffer(now.subarray(from, to), next.subarray(from, to)),
    turn,
    load: async (values) => now.set(values),
    read: async () => now.slice(),
  };
}

async function onDevice(device: Device): Promise<DeviceBuffers> {
  // A tensor's own way down is not implemented in the binding and ends the process; a copying model does it.
  const graph = createGraph();
  const copy = emit(graph, { copy: input(graph, 'x', ['N']) });
  const up = await ort.InferenceSession.create(copy, runtimeOptions(device, 1, ['copy']));
  const down = await ort.InferenceSession.create(copy, runtimeOptions(device, 1)).catch(async (error: unknown) => {
    await up.release();
    throw error;
  });
  const held = new Set<ort.Tensor>();

  return {
    create(size) {
      let now: ort.Tensor | undefined;
      const tensor = (): ort.Tensor => {
        if (!now) throw new Error(`internal: a vector on the device of ${size} values is read before it is written`);
        return now;
      };
      const replace = (next: ort.Tensor): void => {
        if (next.location !== 'gpu-buffer')
          throw new Error(`internal: expected an output that stays on the device, got one on ${next.location}`);
        if (now) held.delete(now);
        now?.dispose();
        now = next;
        held.add(next);
      };
      return {
        tensor,
        target: () => null,
        replace,
        part: inHostOnly,
        turn: inHostOnly,
        load: async (values) => replace((await up.run({ x: vector(values) })).copy),
        read: async () => (await down.run({ x: tensor() })).copy.data as Float32Array,
      };
    },
    async close() {
      for (const tensor of held) tensor.dispose();
      held.clear();
      await up.release();
      await down.release();
    },
  };
}

function inHostOnly(): never {
  throw new Error('internal: expected a vector in the memory of the host, got one on the device');
}

function vector(values: Float32Array): ort.Tensor {
  return new ort.Tensor('float32', values, [values.length]);
}

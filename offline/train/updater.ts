/** Runs the end of a step (update.ts) on the vectors of the trainer: as one model on a device, in pieces on the CPU. */
import { join } from 'node:path';
import type { Device } from '../nn/device.ts';
import type { DeviceBuffer } from '../nn/device-buffer.ts';
import { openAll } from '../nn/open-all.ts';
import { ADAM, type Group } from '../nn/optimiser.ts';
import type { Layout } from '../nn/parameters.ts';
import { openSession, type Session, type Values } from '../nn/session.ts';
import { clipModel, pieceModel, UPDATED, updateModel } from './update.ts';

// P parameters · G groups

/** What a step moves, [P] each. */
export interface Vectors {
  theta: DeviceBuffer;
  first: DeviceBuffer;
  second: DeviceBuffer;
  gradient: DeviceBuffer;
}

export interface Updater {
  /** Clip, and one step of Adam. @param taken steps with this one @returns the norm of each group's gradient [G] */
  update(vectors: Vectors, rate: number, taken: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface UpdaterOptions {
  layout: Layout;
  groups: readonly Group[];
  clipNorm: number;
  threads: number;
  device: Device;
  /** A folder for what every node took; see session.ts. */
  profile?: string;
  /** Values of a piece, on the CPU. */
  piece?: number;
}

/** Seven vectors of a piece are 3.5 MiB: of 32 Ki to 512 Ki values all were about as fast on a processor with 1 MiB of second-level cache a core. */
const PIECE = 128 * 1024;

/** @throws Error of onnxruntime where the models cannot be opened */
export async function openUpdater(options: UpdaterOptions): Promise<Updater> {
  return options.device === 'cpu' ? inPieces(options) : whole(options);
}

async function whole({ layout, groups, clipNorm, ...runtime }: UpdaterOptions): Promise<Updater> {
  const session = await open('update', updateModel(layout, groups, clipNorm).model, runtime, UPDATED);
  return {
    async update({ theta, first, second, gradient }, rate, taken) {
      const next = { theta_next: theta, first_next: first, second_next: second };
      const { norms } = await session.run({ theta, first, second, gradient, ...ratesOf(rate, taken) }, next);
      return norms.data;
    },
    close: () => session.close(),
  };
}

async function inPieces({ layout, groups, clipNorm, piece = PIECE, ...runtime }: UpdaterOptions): Promise<Updater> {
  const models = { clip: clipModel(layout, groups, clipNorm), update: pieceModel() };
  const { clip, update } = await openAll(
    Object.keys(models) as (keyof typeof models)[],
    (name) => open(name, models[name].model, runtime),
    (session) => session.close(),
  );
  return {
    async update({ theta, first, second, gradient }, rate, taken) {
      const { norms, factors } = await clip.run({ gradient });
      const rates = ratesOf(rate, taken);
      for (const [g, { start, count }] of groups.entries()) {
        const factor = { data: factors.data.subarray(g, g + 1), shape: [1] };
        for (let from = start; from < start + count; from += piece) {
          const to = Math.min(from + piece, start + count);
          const [t, m, v, d] = [theta, first, second, gradient].map((vector) => vector.part(from, to));
          const next = { theta_next: t, first_next: m, second_next: v };
          await update.run({ theta: t, first: m, second: v, gradient: d, factor, ...rates }, next);
        }
      }
      for (const vector of [theta, first, second]) vector.turn();
      return norms.data;
    },
    async close() {
      await clip.close();
      await update.close();
    },
  };
}

function open(
  name: string,
  model: Uint8Array,
  { threads, device, profile }: Pick<UpdaterOptions, 'threads' | 'device' | 'profile'>,
  onDevice?: readonly string[],
): Promise<Session> {
  return openSession(model, {
    name: `training: ${name}`,
    threads,
    device,
    onDevice,
    profile: profile && join(profile, name),
  });
}

function ratesOf(rate: number, taken: number): Record<string, Values> {
  return {
    rate: scalar(rate),
    first_correction: scalar(1 / (1 - ADAM.beta1 ** taken)),
    second_correction: scalar(1 / (1 - ADAM.beta2 ** taken)),
  };
}

const scalar = (value: number): Values => ({ data: Float32Array.of(value), shape: [] });

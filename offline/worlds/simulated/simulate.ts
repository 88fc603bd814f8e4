/** `cuepoint simulate`: draw a world, write it as a folder to train on, and measure its bounds. */
import { heldOutLine } from '../../data/hold-out.ts';
import { refuseFull } from '../../lib/files.ts';
import type { Progress } from '../../lib/progress.ts';
import { type MetricsApart, metricsTable } from '../../metrics/metrics.ts';
import { createKeeper, measureBaselines } from './baselines.ts';
import { writeBaselines } from './baselines-file.ts';
import { withoutTraining } from './hold-out.ts';
import { createLearner } from './linear.ts';
import { simulatedEncoders, type Widths } from './tokens.ts';
import { createSimulation, type WorldSizes } from './world.ts';
import { writeSimulation } from './write.ts';

export interface SimulateOptions {
  out: string;
  sizes: WorldSizes;
  widths: Widths;
  seed: string;
  /** Share of the tracks that keep no training clip (hold-out.ts); 0 unless given. */
  heldOutShare?: number;
  /** Share of the tracks without a favourite moment (favourites.ts); a tenth unless given. */
  withoutFavourite?: number;
  start: (label: string, total: number) => Progress;
}

/** @returns the metrics of each baseline, and the lines of their table */
export async function simulate(
  options: SimulateOptions,
): Promise<{ metrics: Record<string, MetricsApart>; lines: string[] }> {
  const { out, sizes, widths, seed, heldOutShare = 0, withoutFavourite, start } = options;
  await refuseFull(out);
  const { world, heldOut } = withoutTraining(createSimulation(seed, sizes, withoutFavourite), heldOutShare);
  const encoders = simulatedEncoders(world, widths);
  const { kept, onClip, onTrack } = createKeeper(world, createLearner(widths.frame, widths.segment));
  await writeSimulation(out, { world, encoders, widths, heldOutShare, start, onClip, onTrack });
  const metrics = measureBaselines(world, encoders, kept, start);
  await writeBaselines(out, metrics);
  const title = `${sizes.test} held-out clips against their ${sizes.test} tracks`;
  return { metrics, lines: [...(heldOutShare ? [heldOutLine(heldOut), ''] : []), title, ...metricsTable(metrics)] };
}

/** What the configs of all families share; in a file of its own, since the inputs of a graph need it and families need those. */
import type { InputConfig } from '../data/input-config.ts';

/** What every config has. Configs are plain data, stored verbatim in checkpoints. */
export interface BaseConfig extends InputConfig {
  /** The family's name. */
  model: string;
  preset: string;
  /** Values of a token within the network (d). */
  width: number;
  /** Adam's highest rate. */
  learningRate: number;
  /** Share of all steps over which the rate rises from 0. */
  warmup: number;
  /** Largest gradient norm of each group of parameters. */
  clipNorm: number;
  /** What is trained of a network that grounds: its maps of raw tokens alone; everything where it is left out. */
  trains?: 'projections';
  /** Other tracks that a pair is compared with in training, drawn from so many at the top of another network's ranking; none where it is left out. */
  rivals?: number;
  rivalsFrom?: number;
}

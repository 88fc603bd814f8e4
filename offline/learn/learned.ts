/** What a run of learn found. */
import type { TasteFit } from '../evaluate/taste.ts';
import type { Choice } from './choose.ts';
import type { SizeCurve } from './curve.ts';
import type { Gathered } from './gather.ts';
import type { Proof } from './prove.ts';
import type { Way } from './teach.ts';

/** All that the page says, as report.json has it. */
export interface Learned {
  posts: Gathered['posts'] & { by: 'date' | 'seed'; undated: number; train: number; val: number; test: number };
  /** What was begun from; undefined: nothing. */
  init?: string;
  preset: string;
  way: Way;
  choice: Choice<Way>;
  proof: Proof;
  curve?: SizeCurve;
  taste?: TasteFit;
}

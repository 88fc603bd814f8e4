/** What the rule of cues (moment/cue-rule.ts) weighs its evidence by. The numbers stand in the cue table (cues.ts). */

export interface CueParameters {
  curveWeight: number;
  distanceWeight: number;
  /** The least score of a cue that is taken; the lower, the more often. */
  threshold: number;
}

/** @throws Error naming the one that is not finite. */
export function checkParameters(parameters: CueParameters): void {
  for (const name of ['curveWeight', 'distanceWeight', 'threshold'] as const)
    if (!Number.isFinite(parameters[name]))
      throw new Error(`cues: expected a finite ${name}, got ${parameters[name]}. Fit the rule again.`);
}

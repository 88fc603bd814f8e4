/** What the rule of cues (moment/cue-rule.ts) weighs its evidence by. The numbers stand in the cue table (cues.ts). */

/** The parameters of the score, whose formula is in cue-rule.ts: fitted by offline/cues/fit.ts, or DEFAULT_PARAMETERS. */
export interface CueParameters {
  /** Of X-Pool's preference for the cue's place over the model's. */
  curveWeight: number;
  /** Of how far the cue is from the model's start. */
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

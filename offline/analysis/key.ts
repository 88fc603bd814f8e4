/** The key of a whole track: which of the 24 its pitch classes fit best. Pitch classes and profiles are harmony.ts's. */
import { keyStrengths } from '../encoders/harmony.ts';

export interface MusicalKey {
  /** C, C#, D, … B. */
  tonic: string;
  mode: 'major' | 'minor';
  /** 0 to 1: correlation with the key's profile (Krumhansl and Kessler 1982). */
  confidence: number;
}

const TONICS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];
/** Noise and drums fit some key by chance. */
const LEAST_FIT = 0.3;

/** @param chroma [12], C first, of any scale @returns null where no key fits */
export function keyOf(chroma: ArrayLike<number>): MusicalKey | null {
  const strengths = keyStrengths(chroma);
  const best = strengths.indexOf(Math.max(...strengths));
  if (!(strengths[best] >= LEAST_FIT)) return null;
  return { tonic: TONICS[best % 12], mode: best < 12 ? 'major' : 'minor', confidence: strengths[best] };
}

/** The 24 keys by name: as the catalogue writes them (sharps only), and as people do ("Bb minor", "e♭ Major"). */
import { fold } from '../fold.ts';

const TONICS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/**
 * @param tonic one of the twelve with sharps ("C#", not "Db"), as the analysis writes it
 * @returns such as "C# minor"
 */
export function keyName({ tonic, mode }: { tonic: string; mode: 'major' | 'minor' }): string {
  return `${tonic} ${mode}`;
}

/** The catalogue's name of the key that a person wrote; undefined where it is none. */
export function readKeyName(written: string): string | undefined {
  const match = /^([a-g])([#♯b♭]?)\s+(major|minor)$/.exec(fold(written));
  if (!match) return undefined;
  const [, letter, sign, mode] = match;
  const step = sign === '' ? 0 : sign === '#' || sign === '♯' ? 1 : -1;
  const tonic = TONICS[(TONICS.indexOf(letter.toUpperCase()) + step + 12) % 12];
  return keyName({ tonic, mode: mode as 'major' | 'minor' });
}

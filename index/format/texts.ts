/**
 * What a track is found by when somebody types words: its title, artists and album as they are compared (fold.ts), a line for each track.
 *
 * A shard has the lines of neighbouring tracks; a removed track's is empty. Words have no spaces in them, so a word lies within a line
 * or not at all. Writer and reader stand here together.
 */
import { fold } from '../fold.ts';
import { fromUtf8 } from '../utf8.ts';
import type { Track } from './catalogue.ts';

/** What of a track is searched. */
export function textOf({ title, artist, artists, album, removed }: Track): string {
  if (removed) return '';
  const text = fold([title, artist, ...(artists ?? []), album].filter((one) => one !== undefined).join(' '));
  return text.replace(/\s+/g, ' ').toWellFormed();
}

/** @param lines as textOf gives them, of tracks in the order of the catalogue */
export const writeTexts = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** @throws Error when it is not as many lines */
export function readTexts(bytes: ArrayBuffer, tracks: number): string[] {
  const lines = fromUtf8(bytes).split('\n');
  if (lines.pop() !== '' || lines.length !== tracks)
    throw new Error(
      `texts: expected a line for each of ${tracks} tracks, got ${lines.length}. Build the index again, or publish it again.`,
    );
  return lines;
}

/** The words of a question, each of which a text must have somewhere. */
export const wordsOf = (question: string): string[] =>
  fold(question.toWellFormed())
    .split(/\s+/)
    .filter((word) => word !== '');

export const hasWords = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word));

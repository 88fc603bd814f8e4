/** The catalogue of an index of format 3 or 4: all tracks in one file of JSON. It is read, and written no more. */
import { isTrack, type Track } from './catalogue.ts';

const VERSION = 3;

/** @throws Error when the text is not such a catalogue. */
export function readWholeCatalogue(text: string): Track[] {
  let value: { version?: number; tracks?: Track[] } | null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('catalogue: expected JSON, got something else. Build the index again.');
  }
  if (value?.version !== VERSION || !Array.isArray(value.tracks))
    throw new Error(
      `catalogue: expected version ${VERSION}, got ${JSON.stringify(value?.version)}. Build the index again.`,
    );
  const broken = value.tracks.findIndex((track) => !isTrack(track));
  if (broken >= 0)
    throw new Error(`catalogue: expected a track at place ${broken}, got something else. Build the index again.`);
  return value.tracks;
}

/** What the bundle says of each track beside its tokens: its line in the catalogue, and its series in the analysis store. */
import type { TrackAnalysis } from '../../index/format/analysis-store.ts';
import type { Track } from '../../index/format/catalogue.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { beatsInMs, factsInShort } from '../encode/music-facts.ts';
import type { TrackFields } from './catalogue-fields.ts';

/**
 * @param segments as many as the model listens to
 * @param fields what the library's own catalogue says of the track: it stands above the file's tags
 */
export function catalogueEntry(track: EncodedTrack, segments: number, fields: TrackFields = {}): Track {
  const { id, title, durationSec, file, sha256, music } = track;
  const { album, genre, licence } = music.tags;
  const durationMs = Math.round(durationSec * 1000);
  const tags = { title, album, genre, licence };
  const artist = artistFields(fields.artist || fields.artists ? fields : music.tags);
  return { id, durationMs, file, sha256, segments, ...tags, ...fields, ...artist, ...factsInShort(music) };
}

/** What is shown and each by name are of one source: the library's catalogue where it names any, else the file. */
function artistFields({ artist, artists }: Pick<Track, 'artist' | 'artists'>): Pick<Track, 'artist' | 'artists'> {
  return { artist: artist ?? artists?.join(', '), artists: artists && artists.length > 1 ? artists : undefined };
}

export function analysisEntry({ music }: EncodedTrack): TrackAnalysis {
  const { downbeats, segmentLufs, waveform, onsetStrength } = music;
  return { beatsMs: beatsInMs(music), downbeats, segmentLufs, waveform, onsetStrength };
}

/** One after another: all of a library's are too many at once. */
export function* analysesOf(tracks: readonly EncodedTrack[]): Generator<TrackAnalysis> {
  for (const track of tracks) yield analysisEntry(track);
}

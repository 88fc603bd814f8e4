/** What the bundle says of each track beside its tokens: its line in the catalogue, and its series in the analysis store. */
import type { TrackAnalysis } from '../../index/analysis-store.ts';
import type { Track } from '../../index/catalogue.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { beatsInMs, factsInShort } from '../encode/music-facts.ts';
import type { TrackFields } from './catalogue-fields.ts';

/**
 * @param segments as many as the model listens to
 * @param fields what the library's own catalogue says of the track: it stands above the file's tags
 */
export function catalogueEntry(track: EncodedTrack, segments: number, fields: TrackFields = {}): Track {
  const { id, title, durationSec, file, sha256, music } = track;
  const { artist, album, genre, licence } = music.tags;
  const durationMs = Math.round(durationSec * 1000);
  const tags = { title, artist, album, genre, licence };
  return { id, durationMs, file, sha256, segments, ...tags, ...fields, ...factsInShort(music) };
}

export function analysisEntry({ music }: EncodedTrack): TrackAnalysis {
  const { downbeats, segmentLufs, waveform, onsetStrength } = music;
  return { beatsMs: beatsInMs(music), downbeats, segmentLufs, waveform, onsetStrength };
}

/** What the bundle says of each track beside its tokens: its line in the catalogue, and its series in the analysis store. */
import type { TrackAnalysis } from '../../index/format/analysis-store.ts';
import type { Track } from '../../index/format/catalogue.ts';
import type { KnownTrack } from '../cues/match.ts';
import type { EncodedTrack, TrackList } from '../encode/library.ts';
import { beatsInMs, factsInShort, type MusicFacts } from '../encode/music-facts.ts';
import type { TextMap } from '../lib/packed-map.ts';
import type { TrackFields } from './catalogue-fields.ts';

/** What is known of the tracks beside what was encoded, by their ids. */
export interface Described {
  /** What the library's own catalogue says. */
  fields?: TextMap<TrackFields>;
  /** What is played of them. */
  previews?: TextMap<NonNullable<Track['preview']>>;
}

export interface Entry {
  track: Track;
  analysis: TrackAnalysis;
}

/**
 * One after another: all of a library's are too many at once, and each is read once for both.
 * @param segments of each, as many as the model listens to
 */
export function* entriesOf(
  tracks: TrackList,
  segments: ArrayLike<number>,
  { fields, previews }: Described = {},
): Generator<Entry> {
  let place = 0;
  for (const track of tracks) {
    const { music } = track;
    const read = { ...namesOf(track), music };
    const preview = previews?.get(read.id);
    const entry = catalogueEntry(read, segments[place++], fields?.get(read.id));
    yield { track: preview ? { ...entry, preview } : entry, analysis: analysisEntry(read) };
  }
}

/** What a log's tracks are looked for by; nothing is read for it. */
export function* knownTracks(tracks: TrackList): Generator<KnownTrack> {
  for (const { id, file, durationSec } of tracks) yield { id, file, durationMs: milliseconds(durationSec) };
}

type Named = Pick<EncodedTrack, 'id' | 'title' | 'durationSec' | 'file' | 'sha256'>;

const namesOf = ({ id, title, durationSec, file, sha256 }: Named): Named => ({ id, title, durationSec, file, sha256 });

const milliseconds = (sec: number): number => Math.round(sec * 1000);

/**
 * @param segments as many as the model listens to
 * @param fields what the library's own catalogue says of the track: it stands above the file's tags
 */
export function catalogueEntry(
  track: Named & { music: MusicFacts },
  segments: number,
  fields: TrackFields = {},
): Track {
  const { id, title, durationSec, file, sha256, music } = track;
  const { album, genre, licence } = music.tags;
  const durationMs = milliseconds(durationSec);
  const tags = { title, album, genre, licence };
  const artist = artistFields(fields.artist || fields.artists ? fields : music.tags);
  return { id, durationMs, file, sha256, segments, ...tags, ...fields, ...artist, ...factsInShort(music) };
}

/** What is shown and each by name are of one source: the library's catalogue where it names any, else the file. */
function artistFields({ artist, artists }: Pick<Track, 'artist' | 'artists'>): Pick<Track, 'artist' | 'artists'> {
  return { artist: artist ?? artists?.join(', '), artists: artists && artists.length > 1 ? artists : undefined };
}

export function analysisEntry({ music }: Pick<EncodedTrack, 'music'>): TrackAnalysis {
  const { downbeats, segmentLufs, waveform, onsetStrength } = music;
  return { beatsMs: beatsInMs(music), downbeats, segmentLufs, waveform, onsetStrength };
}

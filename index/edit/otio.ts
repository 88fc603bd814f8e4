/**
 * OpenTimelineIO's JSON: the clip's picture and sound, and the music on a track of its own with its beats as markers.
 *
 * The objects are those of OTIO 0.15 and later ("Serialized Data", opentimelineio.readthedocs.io): Timeline.1, Stack.1, Track.1, Clip.2, Marker.2.
 * Lengths are whole frames of the clip; where the music begins is in samples of 48 kHz, so that a beat stays where it is. What the format has no
 * word for (level, fades, ducks, licence) is metadata under "cuepoint".
 */
import { beatMarkers } from './beat-markers.ts';
import { type Edit, nameOf, passesOf } from './edit.ts';
import { frameAt } from './frame-rate.ts';
import { urlOf } from './url-of.ts';

const SAMPLES_PER_MS = 48;

export function writeOtio(edit: Edit): string {
  const { clip, moment, track } = edit;
  const perSec = clip.rate.frames / clip.rate.seconds;
  const frames = (count: number) => rational(count, perSec);
  const samples = (ms: number) => rational(ms * SAMPLES_PER_MS, SAMPLES_PER_MS * 1000);
  const clipRange = range(frames(0), frames(frameAt(clip.durationMs, clip.rate)));
  const clipItem = () => item(clip.name, clip.src ?? clip.name, clipRange, clipRange);
  const markers = beatMarkers(edit);
  const passes = passesOf(edit).map(({ atMs, fromMs, lengthMs }, i) => {
    const length = frameAt(atMs + lengthMs, clip.rate) - frameAt(atMs, clip.rate);
    const whole = range(samples(0), samples(track.durationMs));
    return item(nameOf(track), track.src, range(samples(fromMs), frames(length)), whole, {
      markers: markers
        .filter(({ pass }) => pass === i)
        .map(({ trackMs, name, isDownbeat }) => ({
          OTIO_SCHEMA: 'Marker.2',
          name,
          color: isDownbeat ? 'CYAN' : 'GREEN',
          comment: '',
          marked_range: range(samples(trackMs), samples(0)),
          metadata: {},
        })),
      metadata: { cuepoint: musicFacts(edit) },
    });
  });
  const timeline = {
    OTIO_SCHEMA: 'Timeline.1',
    name: clip.name,
    global_start_time: null,
    metadata: { cuepoint: { track: track.id, startMs: moment.startMs, endMs: moment.endMs } },
    tracks: {
      OTIO_SCHEMA: 'Stack.1',
      name: 'tracks',
      ...EMPTY,
      children: [
        trackOf('Picture', 'Video', [clipItem()]),
        ...(clip.hasSound ? [trackOf('Clip', 'Audio', [clipItem()])] : []),
        trackOf('Music', 'Audio', passes),
      ],
    },
  };
  return `${JSON.stringify(timeline, null, 2)}\n`;
}

const rational = (value: number, rate: number) => ({ OTIO_SCHEMA: 'RationalTime.1', value, rate });
const range = (start: object, duration: object) => ({ OTIO_SCHEMA: 'TimeRange.1', start_time: start, duration });

/** Of whatever lies in a timeline. */
const EMPTY = { source_range: null, effects: [], markers: [], enabled: true, metadata: {} };

const trackOf = (name: string, kind: 'Video' | 'Audio', children: readonly object[]) => ({
  OTIO_SCHEMA: 'Track.1',
  name,
  kind,
  ...EMPTY,
  children,
});

function item(name: string, src: string, source: object, available: object, more: object = {}) {
  return {
    OTIO_SCHEMA: 'Clip.2',
    name,
    ...EMPTY,
    source_range: source,
    active_media_reference_key: 'DEFAULT_MEDIA',
    media_references: {
      DEFAULT_MEDIA: {
        OTIO_SCHEMA: 'ExternalReference.1',
        name,
        target_url: urlOf(src),
        available_range: available,
        available_image_bounds: null,
        metadata: {},
      },
    },
    ...more,
  };
}

function musicFacts({ moment, track }: Edit): object {
  const { fade, gainDb, mix } = moment;
  return {
    track: track.id,
    title: track.title,
    artist: track.artist ?? null,
    licence: track.licence ?? null,
    gainDb,
    fadeInMs: fade.inMs,
    fadeOutMs: fade.outMs,
    duck: mix?.duck ?? [],
  };
}

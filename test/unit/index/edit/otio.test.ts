/** Held to OpenTimelineIO's own list of what each of its objects has ("Serialized Data (Fields Only)", 0.17), and read by its rules. */
import { expect, test } from 'vitest';
import { writeOtio } from '../../../../index/edit/otio.ts';
import { LOOP, someEdit } from './some-edit.ts';

const ITEM = ['effects', 'enabled', 'markers', 'metadata', 'name', 'source_range'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'Timeline.1': ['global_start_time', 'metadata', 'name', 'tracks'],
  'Stack.1': [...ITEM, 'children'],
  'Track.1': [...ITEM, 'children', 'kind'],
  'Clip.2': [...ITEM, 'active_media_reference_key', 'media_references'],
  'ExternalReference.1': ['available_image_bounds', 'available_range', 'metadata', 'name', 'target_url'],
  'Marker.2': ['color', 'comment', 'marked_range', 'metadata', 'name'],
  'TimeRange.1': ['duration', 'start_time'],
  'RationalTime.1': ['rate', 'value'],
};

interface Otio {
  OTIO_SCHEMA: string;
  [field: string]: unknown;
}

/** Every object, and whatever lies in it. */
function check(value: unknown): void {
  if (Array.isArray(value)) for (const one of value) check(one);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { OTIO_SCHEMA, ...fields } = value as Otio;
  if (OTIO_SCHEMA !== undefined) {
    expect(Object.keys(FIELDS)).toContain(OTIO_SCHEMA);
    expect(Object.keys(fields).sort(), OTIO_SCHEMA).toEqual([...FIELDS[OTIO_SCHEMA]].sort());
  }
  for (const one of Object.values(fields)) check(one);
}

const seconds = ({ value, rate }: { value: number; rate: number }): number => value / rate;

test('every object has the fields that its schema has', () => {
  check(JSON.parse(writeOtio(someEdit())));
  check(JSON.parse(writeOtio(someEdit({ moment: { endMs: 70_101, loop: LOOP }, clip: { hasSound: false } }))));
});

test('the clip is as long as it is to the frame, the music begins to the sample and its beats with it', () => {
  const { tracks } = JSON.parse(writeOtio(someEdit()));
  const [picture, own, music] = tracks.children;
  expect([picture.kind, own.kind, music.kind]).toEqual(['Video', 'Audio', 'Audio']);
  expect(picture.children[0].source_range.duration).toMatchObject({ value: 240, rate: 30_000 / 1001 });
  const [item] = music.children;
  expect(seconds(item.source_range.start_time)).toBe(67.101);
  expect(seconds(item.source_range.duration)).toBeCloseTo(8.008, 9);
  expect(item.markers.map((marker: { name: string }) => marker.name)).toEqual([
    'Bar 1',
    'Beat',
    'Beat',
    'Beat',
    'Bar 2',
  ]);
  expect(seconds(item.markers[1].marked_range.start_time)).toBeCloseTo(67.746, 9); // of the track, as its source range
  expect(item.media_references.DEFAULT_MEDIA.target_url).toBe('music/Hollow%20Stairs%20%231.ogg');
  expect(item.metadata.cuepoint).toMatchObject({ gainDb: -2.4, fadeOutMs: 645, licence: 'CC-BY-4.0' });
});

test('a loop is clips that fill the clip', () => {
  const { tracks } = JSON.parse(writeOtio(someEdit({ moment: { endMs: 70_101, loop: LOOP } })));
  const lengths = tracks.children[2].children.map(
    (item: { source_range: { duration: { value: number } } }) => item.source_range.duration.value,
  );
  expect(lengths).toEqual([90, 90, 60]);
});

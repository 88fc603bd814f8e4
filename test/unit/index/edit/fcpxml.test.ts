/**
 * Read by expat (Python's xml.etree, which is no reader of ours) and held to what Apple's DTD of FCPXML 1.9 says of the elements that are written: their
 * children in order, their attributes, and which must be there.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { writeFcpxml } from '../../../../index/edit/fcpxml.ts';
import { LOOP, someEdit } from './some-edit.ts';

interface Element {
  tag: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

const READ = `
import json, sys, xml.etree.ElementTree as tree
def plain(e): return dict(tag=e.tag, attributes=e.attrib, text=(e.text or '').strip(), children=[plain(c) for c in e])
json.dump(plain(tree.fromstring(sys.stdin.buffer.read())), sys.stdout)`;

function read(xml: string): Element {
  return JSON.parse(execFileSync('python3', ['-c', READ], { input: xml, encoding: 'utf8' }));
}

/** children: as a DTD has them, over "tag " for each; needs and may: attributes. */
const RULES: Readonly<Record<string, { children: RegExp; needs?: string[]; may?: string[] }>> = {
  fcpxml: { children: /^(resources )?(library )?$/, needs: ['version'] },
  resources: { children: /^((asset|effect|format|media) )*$/ },
  format: { children: /^$/, needs: ['id'], may: ['name', 'frameDuration', 'width', 'height'] },
  asset: {
    children: /^(media-rep )+(metadata )?$/,
    needs: ['id'],
    may: ['name', 'start', 'duration', 'hasVideo', 'format', 'hasAudio', 'audioSources', 'audioChannels', 'audioRate'],
  },
  'media-rep': { children: /^(bookmark )?$/, needs: ['src'], may: ['kind'] },
  library: { children: /^((event|smart-collection) )*$/ },
  event: { children: /^(project )*$/, may: ['name'] },
  project: { children: /^sequence $/, may: ['name'] },
  sequence: {
    children: /^(note )?spine (metadata )?$/,
    needs: ['format'],
    may: ['duration', 'tcStart', 'tcFormat', 'audioLayout', 'audioRate'],
  },
  spine: { children: /^((asset-clip|gap) )*$/ },
  'asset-clip': {
    children: /^(note )?(adjust-volume )?(adjust-panner )?(asset-clip )*((marker|chapter-marker) )*(metadata )?$/,
    needs: ['ref'],
    may: ['lane', 'offset', 'name', 'start', 'duration', 'format', 'tcFormat', 'audioRole'],
  },
  'adjust-volume': { children: /^(param )*$/, may: ['amount'] },
  param: { children: /^(fadeIn )?(fadeOut )?(keyframeAnimation )?(param )*$/, needs: ['name'], may: ['value'] },
  fadeIn: { children: /^$/, needs: ['duration'], may: ['type'] },
  fadeOut: { children: /^$/, needs: ['duration'], may: ['type'] },
  keyframeAnimation: { children: /^(keyframe )*$/ },
  keyframe: { children: /^$/, needs: ['time', 'value'], may: ['interp', 'curve'] },
  marker: { children: /^$/, needs: ['start', 'value'], may: ['duration', 'note', 'completed'] },
  note: { children: /^$/ },
};

const TIMES = ['frameDuration', 'start', 'duration', 'offset', 'tcStart', 'time'];

function check(element: Element): void {
  const { tag, attributes, children } = element;
  const { children: order, needs = [], may = [] } = RULES[tag] ?? { children: /^nothing known of it$/ };
  expect(children.map((child) => `${child.tag} `).join(''), tag).toMatch(order);
  expect(Object.keys(attributes), tag).toEqual(expect.arrayContaining(needs));
  for (const [name, value] of Object.entries(attributes)) {
    expect([...needs, ...may], tag).toContain(name);
    if (TIMES.includes(name)) expect(value, `${tag} ${name}`).toMatch(/^-?\d+(\/[1-9]\d*)?s$/);
  }
  for (const child of children) check(child);
}

/** All of a tag, in the document's order. */
const all = (element: Element, tag: string): Element[] =>
  element.children.flatMap((child) => [...(child.tag === tag ? [child] : []), ...all(child, tag)]);

function seconds(time: string): number {
  const [above, below = '1'] = time.slice(0, -1).split('/');
  return Number(above) / Number(below);
}

test('every element has what the DTD says, with a duck, in a loop and without sound', () => {
  check(read(writeFcpxml(someEdit())));
  check(read(writeFcpxml(someEdit({ moment: { endMs: 70_101, loop: LOOP } }))));
  const plain = { clip: { hasSound: false, size: undefined }, moment: { mix: undefined, gainDb: null } };
  check(read(writeFcpxml(someEdit({ ...plain, track: { licence: null, title: 'a\u0001<b>&"\uffff' } }))));
});

test('items lie on frames; the music and its beats are where they are, to the millisecond', () => {
  const document = read(writeFcpxml(someEdit()));
  const [clip, music] = all(document, 'asset-clip');
  expect(clip.attributes.duration).toBe('1001/125s'); // 240 frames of 1001/30000 s
  expect([music.attributes.lane, music.attributes.offset, music.attributes.duration]).toEqual([
    '-1',
    '0s',
    '1001/125s',
  ]);
  expect(seconds(music.attributes.start)).toBe(67.101);
  const markers = all(music, 'marker').map(({ attributes }) => [seconds(attributes.start), attributes.value]);
  expect(markers).toEqual([
    [67.101, 'Bar 1'],
    [67.746, 'Beat'],
    [68.391, 'Beat'],
    [69.036, 'Beat'],
    [69.681, 'Bar 2'],
  ]);
});

test("level, fades and ducks are the editing program's own", () => {
  const document = read(writeFcpxml(someEdit()));
  const [volume] = all(document, 'adjust-volume');
  expect(volume.attributes.amount).toBe('-2.4dB');
  expect(all(volume, 'fadeOut')[0].attributes.duration).toBe('129/200s');
  const keyframes = all(volume, 'keyframe').map(({ attributes }) => [
    Math.round(1000 * seconds(attributes.time)) - 67_101,
    attributes.value,
  ]);
  expect(keyframes).toEqual([
    [0, '-2.4dB'],
    [2800, '-2.4dB'],
    [3000, '-14.4dB'],
    [4500, '-14.4dB'],
    [5000, '-2.4dB'],
    [8008, '-2.4dB'],
  ]);
});

test('names come back as they were, and the files by their URL', () => {
  const document = read(writeFcpxml(someEdit()));
  const [clip, track] = all(document, 'asset');
  expect([clip.attributes.name, track.attributes.name]).toEqual([
    'holiday & "sea".mp4',
    'Hollow Stairs <live> – Ada & Bo',
  ]);
  const places = all(document, 'media-rep').map(({ attributes }) => attributes.src);
  expect(places).toEqual(['holiday%20%26%20%22sea%22.mp4', 'music/Hollow%20Stairs%20%231.ogg']);
  expect(all(document, 'note')[0].text).toBe('Licence: CC-BY-4.0');
});

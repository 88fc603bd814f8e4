/**
 * Final Cut Pro's XML (FCPXML 1.9, Apple's DTD; DaVinci Resolve reads it too): the clip, the music connected below it with its level, fades and
 * ducks as the programs' own, and a marker on every beat.
 *
 * Times are fractions of a second, so that the music starts where it does and not on a frame. Where items begin in the clip, and how long they are,
 * is whole frames: Final Cut takes nothing else. Both files are named relative to this one unless a URL was given.
 */
import { beatMarkers } from './beat-markers.ts';
import { type Edit, nameOf, type Pass, passesOf } from './edit.ts';
import { commonDivisor, frameAt } from './frame-rate.ts';
import { type GainPoint, gainAt, gainPoints } from './gain-points.ts';
import { urlOf } from './url-of.ts';

export function writeFcpxml(edit: Edit): string {
  const { clip, track } = edit;
  const { rate, size, hasSound } = clip;
  const length = frames(edit, frameAt(clip.durationMs, rate));
  const music = passesOf(edit).flatMap((pass, i) => musicClip(edit, pass, i));
  const format = attributes({ id: 'r1', frameDuration: frames(edit, 1), ...(size ?? {}) });
  const clipFacts = { name: clip.name, start: '0s', duration: length, hasVideo: 1, format: 'r1', ...sound(hasSound) };
  const trackFacts = { name: nameOf(track), start: '0s', duration: milliseconds(track.durationMs), ...sound(true) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE fcpxml>',
    '<fcpxml version="1.9">',
    '  <resources>',
    `    <format${format}/>`,
    ...asset('r2', clip.src ?? clip.name, clipFacts),
    ...asset('r3', track.src, trackFacts),
    '  </resources>',
    '  <library>',
    `    <event${attributes({ name: 'Cuepoint' })}>`,
    `      <project${attributes({ name: `${clip.name}: ${track.title}` })}>`,
    `        <sequence${attributes({ format: 'r1', duration: length, tcStart: '0s', tcFormat: 'NDF', audioLayout: 'stereo', audioRate: '48k' })}>`,
    '          <spine>',
    `            <asset-clip${attributes({ ref: 'r2', name: clip.name, offset: '0s', start: '0s', duration: length, format: 'r1', tcFormat: 'NDF' })}>`,
    ...music,
    '            </asset-clip>',
    '          </spine>',
    '        </sequence>',
    '      </project>',
    '    </event>',
    '  </library>',
    '</fcpxml>',
    '',
  ].join('\n');
}

const sound = (has: boolean): Attributes => (has ? { hasAudio: 1, audioSources: 1 } : {});

function asset(id: string, src: string, facts: Attributes): string[] {
  return [
    `    <asset${attributes({ id, ...facts })}>`,
    `      <media-rep${attributes({ kind: 'original-media', src: urlOf(src) })}/>`,
    '    </asset>',
  ];
}

/** Its inner times, those of keyframes and markers, are the track's. */
function musicClip(edit: Edit, pass: Pass, i: number): string[] {
  const { clip, track } = edit;
  const at = frameAt(pass.atMs, clip.rate);
  const length = frameAt(pass.atMs + pass.lengthMs, clip.rate) - at;
  if (length === 0) return [];
  const markers = beatMarkers(edit).filter((marker) => marker.pass === i);
  const place = {
    ...{ ref: 'r3', lane: -1, offset: frames(edit, at), name: nameOf(track) },
    ...{ start: milliseconds(pass.fromMs), duration: frames(edit, length), audioRole: 'music' },
  };
  return [
    `              <asset-clip${attributes(place)}>`,
    ...(track.licence ? [`                <note>${escaped(`Licence: ${track.licence}`)}</note>`] : []),
    ...volume(edit, pass, i),
    ...markers.map(({ trackMs, name }) => {
      const marker = { start: milliseconds(trackMs), duration: frames(edit, 1), value: name };
      return `                <marker${attributes(marker)}/>`;
    }),
    '              </asset-clip>',
  ];
}

/** Of a loop the first pass fades in and the last fades out. */
function volume(edit: Edit, pass: Pass, i: number): string[] {
  const { moment, clip } = edit;
  const own = moment.gainDb ?? 0;
  const isLast = i === passesOf(edit).length - 1;
  const [inMs, outMs] = [i === 0 ? moment.fade.inMs : 0, isLast ? moment.fade.outMs : 0];
  const fades = [
    ...(inMs > 0 ? [`<fadeIn${attributes({ type: 'linear', duration: milliseconds(inMs) })}/>`] : []),
    ...(outMs > 0 ? [`<fadeOut${attributes({ type: 'linear', duration: milliseconds(outMs) })}/>`] : []),
  ];
  const points = withinPass(gainPoints(moment.mix, clip.durationMs), pass).map(({ atMs, gainDb }) => {
    const point = {
      time: milliseconds(atMs - pass.atMs + pass.fromMs),
      value: decibels(own + gainDb),
      curve: 'linear',
    };
    return `<keyframe${attributes(point)}/>`;
  });
  const curve =
    points.length > 0 ? ['<keyframeAnimation>', ...points.map((point) => `  ${point}`), '</keyframeAnimation>'] : [];
  const inner = [...fades, ...curve];
  const indent = ' '.repeat(16);
  if (inner.length === 0) return [`${indent}<adjust-volume${attributes({ amount: decibels(own) })}/>`];
  return [
    `${indent}<adjust-volume${attributes({ amount: decibels(own) })}>`,
    `${indent}  <param${attributes({ name: 'amount' })}>`,
    ...inner.map((line) => `${indent}    ${line}`),
    `${indent}  </param>`,
    `${indent}</adjust-volume>`,
  ];
}

/** With the gain at the pass's own start and end, where a line goes on across them. */
function withinPass(points: readonly GainPoint[], { atMs, lengthMs }: Pass): GainPoint[] {
  if (points.length === 0) return [];
  const endMs = atMs + lengthMs;
  const inside = points.filter((point) => point.atMs > atMs && point.atMs < endMs);
  const edges = [atMs, endMs].map((ms) => ({ atMs: ms, gainDb: gainAt(points, ms) }));
  if (inside.length === 0 && edges.every(({ gainDb }) => gainDb === 0)) return [];
  return [edges[0], ...inside, edges[1]];
}

const decibels = (db: number): string => `${Number(db.toFixed(2))}dB`;

/** Seconds as a fraction in lowest terms, "5s" where they are whole. */
function fraction(above: number, below: number): string {
  const by = commonDivisor(above, below);
  return below === by ? `${above / by}s` : `${above / by}/${below / by}s`;
}

const milliseconds = (ms: number): string => fraction(ms, 1000);
const frames = ({ clip: { rate } }: Edit, count: number): string => fraction(count * rate.seconds, rate.frames);

type Attributes = Readonly<Record<string, string | number>>;

const attributes = (all: Attributes): string =>
  Object.entries(all)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 has no place for at all (§2.2) is left out; line breaks in attributes would be read as blanks. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]+/gu, ' ')
    .replace(/[&<>"]/g, (sign) => ESCAPES[sign]);

/**
 * An edit decision list (CMX 3600): a picture, its sound on channels 1 and 2, the music on the next free pair, beats as locators.
 *
 * The format knows cuts of whole frames and nothing of levels, so level, fades and ducks are notes for a person, as is what the rounding of the music's
 * start to a frame leaves over. Names stand in notes: a reel has eight characters, and everything here is AX, the auxiliary source.
 */
import { beatMarkers } from './beat-markers.ts';
import { type Edit, nameOf, passesOf } from './edit.ts';
import { frameAt, timecode } from './frame-rate.ts';
import { oneLine } from './one-line.ts';

/** Where the programme begins, by custom, in hours. */
const FIRST_HOUR = 1;

export function writeEdl(edit: Edit): string {
  const { clip, track, moment } = edit;
  const { rate, durationMs } = clip;
  const firstFrame = FIRST_HOUR * 3600 * Math.max(1, Math.round(rate.frames / rate.seconds));
  const lines = [`TITLE: ${oneLine(clip.name)}`, 'FCM: NON-DROP FRAME', ''];
  let event = 0;
  /** @param after what follows the channels: a pair above the second has a line of its own */
  const cut = (channels: string, fromMs: number, at: number, length: number, after: readonly string[]): void => {
    const from = frameAt(fromMs, rate);
    const times = [from, from + length, firstFrame + at, firstFrame + at + length].map((frame) =>
      timecode(frame, rate),
    );
    const number = String(++event).padStart(3, '0');
    lines.push(`${number}  AX       ${channels.padEnd(5)} C        ${times.join(' ')}`, ...after);
  };

  cut(clip.hasSound ? 'AA/V' : 'V', 0, 0, frameAt(durationMs, rate), [`* FROM CLIP NAME: ${oneLine(clip.name)}`]);
  const channels = clip.hasSound ? { code: 'NONE', line: ['AUD  3    4'] } : { code: 'AA', line: [] };
  const markers = beatMarkers(edit);
  for (const [i, { atMs, fromMs, lengthMs }] of passesOf(edit).entries()) {
    const at = frameAt(atMs, rate);
    const length = frameAt(atMs + lengthMs, rate) - at;
    if (length === 0) continue;
    cut(channels.code, fromMs, at, length, [
      ...channels.line,
      `* FROM CLIP NAME: ${oneLine(track.src.split('/').at(-1)!)}`,
      `* COMMENT: ${oneLine(nameOf(track))}`,
      `* COMMENT: STARTS AT ${fromMs / 1000} S OF THE TRACK`,
      ...(i === 0 ? levelNotes(edit) : []),
      ...markers
        .filter(({ pass }) => pass === i)
        .map((marker) => {
          const time = timecode(firstFrame + frameAt(marker.atMs, rate), rate);
          return `* LOC: ${time} ${marker.isDownbeat ? 'CYAN ' : 'GREEN'}   ${marker.name.toUpperCase()}`;
        }),
    ]);
  }
  if (track.licence) lines.push(`* COMMENT: LICENCE ${oneLine(track.licence)}`);
  if (moment.loop) lines.push(`* COMMENT: THE MUSIC REPEATS ${moment.loop.repeats} TIMES`);
  return `${lines.join('\n')}\n`;
}

function levelNotes({ moment, clip }: Edit): string[] {
  const { fade, gainDb, mix } = moment;
  return [
    `* COMMENT: MUSIC LEVEL ${gainDb ?? 0} DB, FADE IN ${fade.inMs} MS, FADE OUT ${fade.outMs} MS`,
    ...(mix?.duck ?? []).map(
      (duck) =>
        `* COMMENT: MUSIC ${duck.gainDb} DB FROM ${duck.startMs / 1000} S TO ${Math.min(duck.endMs, clip.durationMs) / 1000} S`,
    ),
  ];
}

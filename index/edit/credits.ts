/** credits.txt: who made the music and by which licence it may be used, for the end of a film or the text below it. */
import { type Edit, type EditTrack, passesOf } from './edit.ts';
import { oneLine } from './one-line.ts';
import { fieldOf } from './track-fields.ts';

/** Of the columns of a library's own catalogue, those that credits name, each by what it may be called. */
const FURTHER: readonly [string, readonly string[]][] = [
  ['Composer', ['composer', 'composers', 'writer', 'writers']],
  ['Publisher', ['publisher', 'label']],
  ['ISRC', ['isrc']],
  ['Source', ['source', 'url', 'link', 'website']],
];

export function writeCredits({ clip, track, ...edit }: Edit): string {
  const passes = passesOf({ clip, track, ...edit });
  const last = passes.at(-1);
  const heard = last ? `0:00 to ${clock(last.atMs + last.lengthMs)}` : 'nowhere';
  const lines = [
    `Music in ${oneLine(clip.name)}`,
    '',
    `"${oneLine(track.title)}"${track.artist ? ` by ${oneLine(track.artist)}` : ''}`,
    ...(track.album ? [`From "${oneLine(track.album)}"`] : []),
    ...further(track).map(([label, text]) => `${label}: ${oneLine(text)}`),
    `Licence: ${track.licence ? oneLine(track.licence) : 'not stated in the catalogue'}`,
    `Heard from ${heard} of the video, from ${clock(edit.moment.startMs)} of the track on`,
  ];
  return `${lines.join('\n')}\n`;
}

function further(track: EditTrack): [string, string][] {
  return FURTHER.flatMap(([label, names]): [string, string][] => {
    const text = fieldOf(track, names);
    return text === undefined ? [] : [[label, text]];
  });
}

/** 67101 is 1:07. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

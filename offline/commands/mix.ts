/** `cuepoint mix`: a clip with its music as one file, and what editing programs read of it. */
import { defineCommand } from 'citty';
import { writeCredits } from '../../index/edit/credits.ts';
import { writeCueSheet } from '../../index/edit/cue-sheet.ts';
import type { Edit } from '../../index/edit/edit.ts';
import { writeEdl } from '../../index/edit/edl.ts';
import { writeFcpxml } from '../../index/edit/fcpxml.ts';
import { writeOtio } from '../../index/edit/otio.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { type Mixed, mixClip } from '../mix/mix-clip.ts';
import { openService } from '../service-client/service.ts';
import { fromHere, print, WRITES, wholeNumber, withUserErrors } from './command.ts';

const file = (description: string) => ({ type: 'string', valueHint: WRITES.file, description }) as const;

/** By flag. Those that name the track's file want it to be there. */
const EDITS: Readonly<Record<'edl' | 'otio' | 'fcpxml' | 'credits' | 'cues', (edit: Edit) => string>> = {
  edl: writeEdl,
  otio: writeOtio,
  fcpxml: writeFcpxml,
  credits: writeCredits,
  cues: writeCueSheet,
};

export const mixCommand = defineCommand({
  meta: { name: 'mix', description: 'Ask a service for the music of a clip, and write the clip with it.' },
  args: {
    clip: { type: 'string', required: true, description: 'the video' },
    url: { type: 'string', required: true, description: 'where the service is, such as http://localhost:8787' },
    out: { ...file('video to write: .mp4, .mov, .mkv or .webm; the picture is copied'), required: true },
    key: { type: 'string', description: 'an API key with the scope "ground"; CUEPOINT_KEY does as well' },
    music: { type: 'string', description: "folder of the library's files; the service's previews unless given" },
    track: { type: 'string', description: 'the moment of this track, by its id; of the best unless given' },
    rank: { type: 'string', default: '1', description: 'which of the answered moments, 1 the best' },
    'music-only': { type: 'boolean', description: "leave the clip's own sound out" },
    edl: file('edit decision list (CMX 3600) to write'),
    otio: file('OpenTimelineIO to write'),
    fcpxml: file('XML for Final Cut Pro and DaVinci Resolve to write'),
    credits: file('credits to write, a text'),
    cues: file('cue sheet to write, CSV'),
  },
  run: withUserErrors(async ({ args }) => {
    const wanted = (Object.keys(EDITS) as (keyof typeof EDITS)[]).filter((name) => args[name] !== undefined);
    const mixed = await mixClip({
      service: openService(args.url, args.key ?? process.env.CUEPOINT_KEY),
      clip: fromHere(args.clip),
      out: fromHere(args.out),
      music: args.music && fromHere(args.music),
      track: args.track,
      rank: wholeNumber('--rank', args.rank),
      musicOnly: Boolean(args['music-only']),
      keepSound: wanted.some((name) => name !== 'credits' && name !== 'cues'),
    });
    for (const name of wanted) await writeFileAtomic(fromHere(args[name]!), EDITS[name](mixed.edit));
    for (const line of told(args.out, mixed)) print(line);
    for (const name of wanted) print(`${args[name]}: written`);
  }),
});

function* told(out: string, { moment, edit, heard, sound, isPreview }: Mixed): Generator<string> {
  const { track, startMs, endMs, gainDb } = moment;
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  yield `clip: ${seconds(edit.clip.durationMs)} s, ${heard.cuts} shot changes, ${seconds(heard.speechMs)} s of speech${heard.hasSound ? '' : '; it has no sound, so the music is alone'}`;
  const onBeat =
    moment.cutsOnBeat === undefined || moment.cutsOnBeat === null
      ? ''
      : `, ${Math.round(100 * moment.cutsOnBeat)} % of the cuts on beats`;
  yield `music: ${track.title}, ${seconds(startMs)} to ${seconds(endMs)} s, ${gainDb ?? 0} dB${onBeat}`;
  if (isPreview) yield "sound: the service's preview; --music FOLDER takes the library's own file";
  if (isPreview && sound) yield `${sound}: kept, since editing programs ask for a file`;
  yield `${out}: written`;
}

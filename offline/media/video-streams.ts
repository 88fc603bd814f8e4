/**
 * Which of a file's video streams a player shows, when its pictures are shown, and what ffmpeg says of them.
 *
 * Nothing is decoded: packets have times. A container's own duration is that of its longest stream, rounded, and of a file that
 * was cut off that of the whole. Taking frames out is left to video-frames.ts, telling a damaged file to damage.ts.
 */
import { type FfmpegOptions, inputFile, lastLine, loggedDuration, runFfmpeg } from './ffmpeg.ts';
import { VideoError } from './video-error.ts';

export type Patience = Pick<FfmpegOptions, 'stallMs'>;

export interface VideoStream {
  /** Its number in the file. */
  index: number;
  /** As in ffmpeg's log: codec, pixel format, colours, size. */
  description: string;
  /** When its pictures are shown, in seconds on ffmpeg's clock, ascending; undefined where packets do not say it. */
  timesSec: number[] | undefined;
  /** From the first picture to the end of the last, in seconds. */
  durationSec: number;
  /** Its codec keeps transparency beside the pictures, where ffmpeg's own decoder does not look (VP8 and VP9 in WebM). */
  hasAlphaBeside: boolean;
}

export interface Streams {
  video: VideoStream;
  /** What the container says of its longest stream, in seconds; undefined where it says nothing, or ffmpeg guesses. */
  announcedSec: number | undefined;
  /** The end of the last packet of picture or sound on the container's clock. */
  endSec: number;
  log: string;
}

const NO_FFMPEG = 'Install ffmpeg, or give a folder of JPEG or PNG pictures taken once a second.';
/** ffmpeg's log gives durations in hundredths of a second. */
const LOG_STEP_SEC = 0.01;
/** What ffmpeg writes for a time that a packet does not have; newer ones write NOPTS. */
const NO_TIME = -(2 ** 63);

/** @throws VideoError when there is no picture in the file, no ffmpeg, or it hangs */
export async function readStreams(path: string, patience: Patience): Promise<Streams> {
  const tracks: Track[] = [];
  let rest = '';
  function readLine(line: string): void {
    const [, tb, numerator, denominator] = /^#tb (\d+): (\d+)\/(\d+)/.exec(line) ?? [];
    if (tb) tracks[Number(tb)] = { ...emptyTrack(), unitSec: Number(numerator) / Number(denominator) };
    if (!/^\d/.test(line)) return;
    const [output, dts, pts, duration] = line.split(',', 4).map(Number); // then size, checksum, flags unless it is a key frame
    addPacket(tracks[output], { dts, pts, duration, isKey: !line.includes('F=0x') });
  }
  const onOutput = (piece: Uint8Array): void => {
    const lines = (rest + Buffer.from(piece).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) readLine(line);
  };
  // "V" is a video stream that is not a cover picture. Sound is listened to for where the file ends.
  const maps = ['-map', '0:V', '-map', '0:a?'];
  const format = ['-c', 'copy', '-f', 'framecrc', 'pipe:1'];
  const result = await runFfmpeg(['-v', 'info', '-nostats', ...inputFile(path), ...maps, ...format], {
    ...patience,
    onOutput,
  });
  if (!result) throw new VideoError(`${path}: expected ffmpeg on the PATH to read a video, got none. ${NO_FFMPEG}`);
  if (result.stalled) throw stalled(path, result.log);
  const { log } = result;
  const shown = shownStream(log);
  const track = shown && tracks[shown.output];
  if (!shown || !hasPictures(track)) throw new VideoError(`${path}: ${withoutPictures(log)}`);
  const startSec = Number(/Duration: .*, start: (-?[\d.]+)/.exec(log)?.[1] ?? 0);
  const logged = loggedDuration(log);
  const endSec = Math.max(...tracks.map(({ end, unitSec }) => end * unitSec)) + Math.max(0, startSec);
  const isGuessed = /Estimating duration from bitrate/.test(log);
  return {
    video: { ...shown, ...shownTimes(track, logged) },
    announcedSec: isGuessed ? undefined : logged,
    endSec,
    log,
  };
}

export function stalled(path: string, log: string): VideoError {
  return new VideoError(
    `${path}: expected ffmpeg to read it, got silence (${lastLine(log)}). Copy the file to a local disk, or export it again as MP4.`,
  );
}

const hasPictures = (track: Track | undefined): track is Track =>
  track !== undefined && (track.untimed ? track.decodedEnd >= track.decodedStart : track.times.length > 0);

/** Of the streams that were copied, the one flagged as the default, as players choose it; else the first. */
function shownStream(
  log: string,
): { output: number; index: number; description: string; hasAlphaBeside: boolean } | undefined {
  const blocks = log.split('Output #0')[0].split(/^(?=\s*Stream #0:)/m);
  const descriptions = new Map<number, string>(); // with what is said below it
  for (const block of blocks) {
    const [, index] = /^\s*Stream #0:(\d+).*: Video: /.exec(block) ?? [];
    if (index) descriptions.set(Number(index), block.trim());
  }
  const copied = [...log.matchAll(/Stream #0:(\d+) -> #0:(\d+)/g)]
    .map(([, index, output]) => ({ index: Number(index), output: Number(output) }))
    .filter(({ index }) => descriptions.has(index));
  const lineOf = (index: number): string => descriptions.get(index)!.split('\n')[0];
  const isPlayed = ({ index }: { index: number }): boolean =>
    !/\((timed thumbnails|still image|attached pic)\)/.test(lineOf(index));
  const played = copied.some(isPlayed) ? copied.filter(isPlayed) : copied;
  const chosen = played.find(({ index }) => /\(default\)/.test(lineOf(index))) ?? played[0];
  if (!chosen) return undefined;
  const description = lineOf(chosen.index);
  const hasAlphaBeside =
    /Video: vp[89]\b/.test(description) && /^\s*alpha_mode\s*: 1/im.test(descriptions.get(chosen.index)!);
  return { ...chosen, description, hasAlphaBeside };
}

/** Of one stream, in its own unit of time. */
interface Track {
  unitSec: number;
  /** When the first picture that needs no other is shown: what comes before it cannot be decoded. */
  keyTime: number | undefined;
  times: number[];
  end: number;
  decodedStart: number;
  decodedEnd: number;
  untimed: boolean;
}

const emptyTrack = (): Track => ({
  unitSec: 0,
  keyTime: undefined,
  times: [],
  end: Number.NEGATIVE_INFINITY,
  decodedStart: Number.POSITIVE_INFINITY,
  decodedEnd: Number.NEGATIVE_INFINITY,
  untimed: false,
});

interface Packet {
  dts: number;
  pts: number;
  duration: number;
  isKey: boolean;
}

function addPacket(track: Track, { dts, pts, duration, isKey }: Packet): void {
  if (dts > NO_TIME) {
    track.decodedStart = Math.min(track.decodedStart, dts);
    track.decodedEnd = Math.max(track.decodedEnd, dts + duration);
  }
  if (!(pts > NO_TIME)) {
    track.untimed = true;
    track.end = Math.max(track.end, track.decodedEnd);
    return;
  }
  if (isKey) track.keyTime ??= pts;
  if (pts < 0) return; // what an edit list hides
  track.times.push(pts);
  track.end = Math.max(track.end, pts + duration);
}

function shownTimes(track: Track, logged: number | undefined): Pick<VideoStream, 'timesSec' | 'durationSec'> {
  const { unitSec, keyTime = Number.NEGATIVE_INFINITY } = track;
  // AVI and bare streams do not say when reordered pictures are shown; they are decoded at a constant rate.
  if (track.untimed)
    return {
      timesSec: undefined,
      durationSec: (lastShown(track, track.decodedEnd, logged) - track.decodedStart) * unitSec,
    };
  const decodable = track.times.filter((time) => time >= keyTime);
  const times = (decodable.length ? decodable : track.times).sort((a, b) => a - b);
  const end = lastShown(track, track.end, logged);
  return { timesSec: times.map((time) => time * unitSec), durationSec: (Math.max(end, times[0]) - times[0]) * unitSec };
}

/** Where frames have no constant rate, MP4 packets come with an average duration: too long for the last. */
function lastShown({ unitSec }: Track, end: number, logged: number | undefined): number {
  return logged !== undefined && end * unitSec > logged + LOG_STEP_SEC ? logged / unitSec : end;
}

function withoutPictures(log: string): string {
  if (/: Video: .*\(attached pic\)/.test(log))
    return 'expected a video, got a sound file with a cover picture. Give the video it belongs to.';
  if (/: Audio: /.test(log) && !/: Video: /.test(log))
    return 'expected a video, got a file without pictures, only sound. Give the video it belongs to.';
  return `expected a video, got a file without pictures (${lastLine(log)}). Export it again as MP4.`;
}

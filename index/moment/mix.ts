/**
 * How a clip and its moment are mixed: the music's level, its fades, where it goes under speech, and all of it as a filtergraph for ffmpeg.
 *
 * Where the clip speaks is told (the voice detector is the device's: the sound never leaves it). Under speech the music goes down by 12 dB, what broadcasters
 * recommend for music under a voice at least (EBU R 128 s4 asks dialogue to be heard above what lies under it), at speeds of a hand on a fader. Gains
 * are decibels against the music's own level, which gainDb brings to the target.
 */
import type { Fade } from './levels.ts';
import type { Span } from './moment.ts';
import type { Loop } from './placement.ts';

/** Beside the music's own level, while somebody speaks. */
export const DUCK_DB = -12;
/** Down before the first word, up after the last. */
export const DUCK_ATTACK_MS = 200;
export const DUCK_RELEASE_MS = 500;
/** Pauses that are shorter are left ducked: up and down again would be heard as pumping. */
const PAUSE_MS = DUCK_ATTACK_MS + DUCK_RELEASE_MS;

/** A stretch of the clip, in milliseconds, in which the music stands so much lower; the ways down and up lie within it. */
export interface Duck extends Span {
  gainDb: number;
}

export interface Mix {
  duck: Duck[];
  attackMs: number;
  releaseMs: number;
  /** For `-filter_complex`: input 0 is the clip, input 1 the whole track, its output `[mix]` the clip's length of sound. */
  ffmpeg: string;
  /** The same without the clip's own sound, and for a clip that has none. */
  ffmpegMusicOnly: string;
}

export interface MixRequest {
  clipMs: number;
  moment: Span & { loop?: Loop };
  fade: Fade;
  gainDb: number | null;
  /** Where the clip speaks, in any order. */
  speechMs: readonly (readonly [number, number])[];
}

export function mixOf(request: MixRequest): Mix {
  const duck = ducksOf(request.speechMs, request.clipMs);
  const music = musicFilters(request, duck);
  const { clipMs } = request;
  // Where the clip's sound begins later than its picture, or has a gap, there is silence: all that follows would come early otherwise.
  const own = `aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo,apad=whole_dur=${sec(clipMs)},atrim=end=${sec(clipMs)}`;
  return {
    duck,
    attackMs: DUCK_ATTACK_MS,
    releaseMs: DUCK_RELEASE_MS,
    ffmpeg: `[0:a]${own}[own];[1:a]${music}[music];[own][music]amix=inputs=2:duration=longest:normalize=0,alimiter=limit=0.891:level=0[mix]`,
    ffmpegMusicOnly: `[1:a]${music}[mix]`,
  };
}

/** Ascending and apart; each reaches from before the speech until after it, within the clip. */
export function ducksOf(speechMs: MixRequest['speechMs'], clipMs: number): Duck[] {
  const ducks: Duck[] = [];
  const ascending = speechMs.toSorted(([one], [other]) => one - other);
  for (const [from, to] of ascending) {
    const startMs = Math.max(0, from - DUCK_ATTACK_MS);
    const endMs = Math.min(clipMs, to + DUCK_RELEASE_MS);
    const last = ducks.at(-1);
    if (endMs <= startMs) continue;
    if (last && startMs - last.endMs < PAUSE_MS) last.endMs = Math.max(last.endMs, endMs);
    else ducks.push({ startMs, endMs, gainDb: DUCK_DB });
  }
  return ducks;
}

/** Times within the graph are the clip's: the moment is cut out, repeated where it is a loop, and begins at 0. */
function musicFilters({ clipMs, moment, fade, gainDb }: MixRequest, duck: readonly Duck[]): string {
  const { startMs, endMs, loop } = moment;
  const lastsMs = loop ? clipMs : Math.min(endMs - startMs, clipMs);
  const outAtMs = lastsMs - fade.outMs;
  return [
    'asetnsamples=480', // what the gain under speech is set anew for: 10 ms
    'aresample=48000,aformat=channel_layouts=stereo',
    `atrim=start=${sec(startMs)}:end=${sec(endMs)},asetpts=PTS-STARTPTS`,
    ...(loop ? [`aloop=loop=${loop.repeats - 1}:size=${(endMs - startMs) * 48},atrim=end=${sec(clipMs)}`] : []),
    `afade=t=in:d=${sec(fade.inMs)},afade=t=out:st=${sec(outAtMs)}:d=${sec(fade.outMs)}`,
    `volume=${gainDb ?? 0}dB`,
    ...(duck.length > 0 ? [`volume=volume='${duckExpression(duck, clipMs)}':eval=frame`] : []),
    `apad=whole_dur=${sec(clipMs)},atrim=end=${sec(clipMs)}`,
  ].join(',');
}

/** The gain at t: 1 outside, and between on straight lines in decibels. Ducks are apart, so their decibels add. */
function duckExpression(duck: readonly Duck[], clipMs: number): string {
  const sum = duck.map(({ startMs, endMs, gainDb }) => {
    const down = `(t-${sec(startMs)})/${sec(DUCK_ATTACK_MS)}`;
    const up = `(${sec(endMs)}-t)/${sec(DUCK_RELEASE_MS)}`;
    const begins = startMs === 0 ? '1' : down; // who speaks at once is not waited for
    const ends = endMs >= clipMs ? '1' : up; // who speaks to the end is not spoken over
    return `${gainDb}*clip(min(${begins},${ends}),0,1)*between(t,${sec(startMs)},${sec(endMs)})`;
  });
  return `pow(10,(${sum.join('+')})/20)`;
}

const sec = (ms: number): string => String(ms / 1000);

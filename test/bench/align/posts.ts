/**
 * Posts whose music is known: excerpts of tracks, spoken over, faded, filtered, played into a room, sped up, shifted, looped and cut, then
 * encoded as platforms do.
 *
 * One in three has music that is in no library. Everything is drawn from the seed; ffmpeg's filters are what makes them, so that none of
 * the program's own arithmetic is on both sides.
 */
import { join } from 'node:path';
import { createRandom, type Random } from '../../../offline/lib/random.ts';
import {
  CODECS,
  type Codec,
  convolved,
  cut,
  encoded,
  joined,
  mixIn,
  mono,
  noise,
  rms,
  roomResponse,
  type Stereo,
  secondsOf,
  shaped,
  silence,
  speech,
} from './sound.ts';

/** What plays, as it was put there. */
export interface Played {
  /** undefined: in no library. */
  track: string | undefined;
  startSec: number;
  clipStartSec: number;
  clipEndSec: number;
  rate: number;
  /** Against what else is heard while it plays; undefined where there is nothing else. */
  levelDb?: number;
}

export interface Post {
  class: string;
  file: string;
  played: Played[];
}

export interface Source {
  /** As the library calls it; undefined where it is in none. */
  track: string | undefined;
  sound: Stereo;
  /** By how much the program's own decoder begins later than ffmpeg, which made `sound`: in Vorbis files that begin before 0. */
  lateSec?: number;
}

interface Excerpt {
  source: Source;
  startSec: number;
  sound: Stereo;
}

type Make = (make: Making) => Promise<Made>;

interface Making {
  random: Random;
  /** One of the sources; the same for all calls. */
  source: Source;
  other: Source;
  scratch: string;
}

interface Made {
  sound: Stereo;
  played: Played[];
  filter?: string;
  codec?: Codec;
}

const excerpt = (random: Random, source: Source, lengthSec: number): Excerpt => {
  const room = secondsOf(source.sound) - lengthSec;
  const startSec = Math.round(random.uniform(0, Math.max(0, room)) * 1000) / 1000;
  return { source, startSec, sound: cut(source.sound, startSec, lengthSec) };
};

const whole = ({ source, startSec, sound }: Excerpt, more: Partial<Played> = {}): Played => ({
  track: source.track,
  startSec,
  clipStartSec: 0,
  clipEndSec: secondsOf(sound),
  rate: 1,
  ...more,
});

const plain = (random: Random, source: Source, low = 6, high = 30): Excerpt =>
  excerpt(random, source, Math.min(random.uniform(low, high), secondsOf(source.sound)));

const spoken =
  (db: number): Make =>
  async ({ random, source, scratch }) => {
    const music = plain(random, source, 10, 30);
    const voice = await speech(random, secondsOf(music.sound), scratch);
    const gain = (rms(mono(music.sound)) / rms(mono(voice))) * 10 ** (-db / 20);
    return { sound: mixIn(music.sound, voice, gain), played: [whole(music, { levelDb: db })] };
  };

const filtered =
  (filter: (random: Random) => string): Make =>
  async ({ random, source }) => {
    const music = plain(random, source);
    return { sound: music.sound, played: [whole(music)], filter: filter(random) };
  };

/** Played at another rate; `by` says how ffmpeg does it. */
const sped =
  (by: (rate: number, random: Random) => string): Make =>
  async ({ random, source }) => {
    const rate = random.uniform(0.94, 1.06);
    const music = plain(random, source, 8, 30);
    const clipEndSec = secondsOf(music.sound) / rate;
    return { sound: music.sound, played: [whole(music, { rate, clipEndSec })], filter: by(rate, random) };
  };

const quiet = (random: Random, sec: number): Stereo => shaped(noise(random, sec), () => 0.0008);

export const CLASSES: Readonly<Record<string, Make>> = {
  're-encoded': async ({ random, source }) => {
    const music = plain(random, source);
    return { sound: music.sound, played: [whole(music)] };
  },
  'speech 0 dB': spoken(0),
  'speech -6 dB': spoken(-6),
  'speech -12 dB': spoken(-12),
  fades: async ({ random, source }) => {
    const music = plain(random, source, 8, 30);
    const [sec, fadeIn, fadeOut] = [secondsOf(music.sound), random.uniform(0.5, 2), random.uniform(1, 3)];
    shaped(music.sound, (at) => Math.min(1, at / fadeIn, (sec - at) / fadeOut));
    return { sound: music.sound, played: [whole(music)] };
  },
  phone: filtered(() => 'highpass=f=300:p=2,highpass=f=300:p=2,lowpass=f=3400:p=2,lowpass=f=3400:p=2'),
  equaliser: filtered(
    (random) =>
      `bass=g=${random.uniform(-9, 9).toFixed(1)},treble=g=${random.uniform(-9, 9).toFixed(1)},equalizer=f=${random.uniform(400, 3000).toFixed(0)}:t=o:w=1.5:g=${random.uniform(-12, 9).toFixed(1)}`,
  ),
  room: async ({ random, source, scratch }) => {
    const music = plain(random, source, 8, 30);
    const wet = await convolved(music.sound, roomResponse(random, random.uniform(0.3, 0.7)), scratch);
    const hiss = noise(random, secondsOf(wet));
    return {
      sound: mixIn(wet, hiss, (rms(wet) / rms(hiss)) * 10 ** (-15 / 20)),
      played: [whole(music)],
      filter: 'highpass=f=150,lowpass=f=9000',
    };
  },
  'speed and pitch': sped((rate) => `asetrate=${Math.round(44_100 * rate)},aresample=44100`),
  'speed alone': sped((rate, random) =>
    random.uniform() < 0.5 ? `atempo=${rate.toFixed(5)}` : `rubberband=tempo=${rate.toFixed(5)}`,
  ),
  'pitch alone': async ({ random, source }) => {
    const music = plain(random, source, 8, 30);
    const pitch = 2 ** (random.uniform(-1, 1) / 12);
    return { sound: music.sound, played: [whole(music)], filter: `rubberband=pitch=${pitch.toFixed(5)}` };
  },
  looped: async ({ random, source }) => {
    const music = plain(random, source, 4, 9);
    const sec = secondsOf(music.sound);
    const times = 2 + random.integer(2);
    return {
      sound: joined(...Array.from({ length: times }, () => music.sound)),
      played: Array.from({ length: times }, (_, i) =>
        whole(music, { clipStartSec: i * sec, clipEndSec: (i + 1) * sec }),
      ),
    };
  },
  'jump cut': async ({ random, source }) => {
    const [first, second] = [plain(random, source, 4, 12), plain(random, source, 4, 12)];
    const at = secondsOf(first.sound);
    return {
      sound: joined(first.sound, second.sound),
      played: [whole(first), whole(second, { clipStartSec: at, clipEndSec: at + secondsOf(second.sound) })],
    };
  },
  '3 s of music': async ({ random, source }) => {
    const music = excerpt(random, source, 3);
    const [before, after] = random.uniform() < 0.5 ? [0, 0] : [random.uniform(1, 6), random.uniform(1, 6)];
    return {
      sound: joined(quiet(random, before), music.sound, quiet(random, after)),
      played: [whole(music, { clipStartSec: before, clipEndSec: before + 3 })],
    };
  },
  'late, after speech': async ({ random, source, scratch }) => {
    const music = plain(random, source, 8, 20);
    const [before, under] = [random.uniform(2, 6), random.uniform(1, 4)];
    const sec = before + secondsOf(music.sound);
    const voice = await speech(random, before + under, scratch);
    const sound = mixIn(silence(sec), music.sound, 1, before);
    return {
      sound: mixIn(sound, voice, (rms(music.sound) / rms(voice)) * 2 ** random.uniform(-1, 0.5)),
      played: [whole(music, { clipStartSec: before, clipEndSec: sec })],
    };
  },
  'two tracks': async ({ random, source, other }) => {
    const [first, second] = [plain(random, source, 6, 12), plain(random, other, 6, 12)];
    const at = secondsOf(first.sound);
    return {
      sound: joined(first.sound, second.sound),
      played: [whole(first), whole(second, { clipStartSec: at, clipEndSec: at + secondsOf(second.sound) })],
    };
  },
};

export interface PostsOptions {
  folder: string;
  seed: string;
  /** Of each class. */
  count: number;
  known: readonly Source[];
  foreign: readonly Source[];
  classes?: readonly string[];
  tell?: (post: Post) => void;
}

/** Written below the folder, named by class and number; every third is foreign. */
export async function makePosts(options: PostsOptions): Promise<Post[]> {
  const { folder, seed, count, known, foreign, classes = Object.keys(CLASSES), tell } = options;
  const posts: Post[] = [];
  for (const name of classes)
    for (let i = 0; i < count; i++) {
      const random = createRandom(`${seed}/${name}/${i}`);
      const [source, other] = random.shuffle(i % 3 === 2 ? foreign : known);
      const file = `${name.replace(/[^\w-]+/g, '-')}-${String(i).padStart(3, '0')}`;
      const scratch = join(folder, file);
      const made = await CLASSES[name]({ random, source, other, scratch });
      loudest(made.sound);
      const { ending } = made.codec ?? {};
      const codec = ending ? made.codec! : random.pick(CODECS);
      await encoded(made.sound, codec, scratch, made.filter);
      const post = { class: name, file: file + codec.ending, played: made.played };
      posts.push(post);
      tell?.(post);
    }
  return posts;
}

/** Not louder than full scale: in place. */
function loudest(sound: Stereo): void {
  let most = 0;
  for (const side of [sound.left, sound.right]) for (const value of side) most = Math.max(most, Math.abs(value));
  if (most > 0.95) shaped(sound, () => 0.95 / most);
}

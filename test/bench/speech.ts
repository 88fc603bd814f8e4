/**
 * `npm run bench -- speech`: how well speech is found in composed clips: synthesised voices alone, over real music and over noise, and music and noise alone.
 *
 * What is speech is known from the voice's own energy, in frames of 10 ms, pauses up to 200 ms within it. Compared with a simple detector:
 * energy in the band of speech over the floor of its surroundings, where it is modulated as syllables are (3 to 6 Hz; Scheirer and Slaney, 1997).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSpeechDetector, SPEECH_RATE } from '../../index/clip/speech.ts';
import { readSpeechWeights, writeSpeechWeights } from '../../index/clip/speech-weights.ts';
import { createRandom, type Random } from '../../offline/lib/random.ts';
import { readAudio } from '../../offline/media/audio.ts';
import { sileroWeights } from '../../offline/speech/silero.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';

const CLIPS = 40;
const FRAME = SPEECH_RATE / 100;
const KINDS = ['voice', 'voice over music', 'voice over music', 'voice over noise', 'music', 'noise'] as const;
/** espeak-ng's, where it is installed; ffmpeg's flite has the last three. */
const VOICES = ['en+f4', 'en+m5', 'es+f3', 'de+f5', 'fr+m4', 'flite:slt', 'flite:rms', 'flite:awb'];
const SENTENCES = [
  'So this is the place I was telling you about last week',
  'First you mix the flour with a little salt and two eggs',
  'No way. Did you see that',
  'It took us about forty minutes to reach the top',
  'Wait, hold on, let me turn the camera around',
];

interface Clip {
  kind: (typeof KINDS)[number];
  samples: Float32Array;
  /** Per 10 ms. */
  spoken: Uint8Array;
}

export async function benchSpeech(): Promise<void> {
  if (sharedMissing) return console.log('speech: ../shared/media/music is missing, so nothing is measured');
  const clips = await composeClips();
  const weights = readSpeechWeights(writeSpeechWeights(await sileroWeights()));
  console.log(
    `${CLIPS} clips of 20 s; F of frames of 10 ms, and which share of what nobody speaks in is taken for speech`,
  );
  for (const [name, detect] of [
    ['Silero VAD 6, weights as bytes', (samples: Float32Array) => heardBy(weights, samples)],
    ['energy and modulation', simple],
  ] as const) {
    const before = process.cpuUsage();
    const found = clips.map(({ samples }) => detect(samples));
    const { user, system } = process.cpuUsage(before);
    const rows = [...new Set(KINDS)].map((kind) => `${kind} ${scoreOf(kind, clips, found)}`);
    console.log(`${name}: ${rows.join(', ')}; ${((user + system) / 1e6 / (CLIPS * 20)).toFixed(4)} s of CPU a second`);
  }
}

function scoreOf(kind: Clip['kind'], clips: readonly Clip[], found: readonly Uint8Array[]): string {
  let [right, wrong, missed, silent] = [0, 0, 0, 0];
  for (const [i, clip] of clips.entries()) {
    if (clip.kind !== kind) continue;
    for (const [at, spoken] of clip.spoken.entries()) {
      if (spoken && found[i][at]) right++;
      else if (spoken) missed++;
      else if (found[i][at]) wrong++;
      if (!spoken) silent++;
    }
  }
  return right + missed > 0
    ? `F ${((2 * right) / (2 * right + wrong + missed)).toFixed(3)}`
    : `${((100 * wrong) / silent).toFixed(1)} %`;
}

function heardBy(weights: ReturnType<typeof readSpeechWeights>, samples: Float32Array): Uint8Array {
  const detector = createSpeechDetector(weights);
  detector.push(samples);
  const frames = new Uint8Array(Math.floor(samples.length / FRAME));
  for (const [from, to] of detector.end()) frames.fill(1, Math.round(from / 10), Math.round(to / 10));
  return frames;
}

/** 12 dB over the floor, and modulated by a seventh: what did best on other clips. */
function simple(samples: Float32Array): Uint8Array {
  const level = frameLevels(samples);
  const frames = new Uint8Array(level.length);
  for (let i = 0; i < level.length; i++) {
    const around = level.slice(Math.max(0, i - 300), i + 300).sort();
    const second = level.slice(Math.max(0, i - 50), i + 50).map((db) => 10 ** (db / 20));
    const mean = second.reduce((sum, value) => sum + value, 0) / second.length;
    let modulated = 0;
    for (const hz of [3, 4, 5, 6]) {
      let [cosine, sine] = [0, 0];
      for (const [k, value] of second.entries()) {
        cosine += (value - mean) * Math.cos((2 * Math.PI * hz * k) / 100);
        sine += (value - mean) * Math.sin((2 * Math.PI * hz * k) / 100);
      }
      modulated += Math.hypot(cosine, sine) / second.length;
    }
    if (level[i] > -60 && level[i] - around[Math.floor(around.length / 5)] > 12 && modulated > 0.15 * mean)
      frames[i] = 1;
  }
  return withoutGaps(frames, 30);
}

/** dB of each frame, of about 300 to 3400 Hz. */
function frameLevels(samples: Float32Array): Float64Array {
  let [high, low, last] = [0, 0, 0];
  const levels = new Float64Array(Math.floor(samples.length / FRAME));
  for (let frame = 0; frame < levels.length; frame++) {
    let sum = 0;
    for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) {
      high = 0.9 * (high + samples[i] - last);
      last = samples[i];
      low += 0.7 * (high - low);
      sum += low * low;
    }
    levels[frame] = 10 * Math.log10(sum / FRAME + 1e-10);
  }
  return levels;
}

function withoutGaps(frames: Uint8Array, longest: number): Uint8Array {
  let last = -1;
  for (let i = 0; i < frames.length; i++) {
    if (!frames[i]) continue;
    if (last >= 0 && i - last <= longest) frames.fill(1, last, i);
    last = i;
  }
  return frames;
}

async function composeClips(): Promise<Clip[]> {
  const random = createRandom('bench speech');
  const folder = mkdtempSync(join(tmpdir(), 'cuepoint-speech-'));
  try {
    const names = readdirSync(sharedMedia('music')).filter((name) => /\.(ogg|opus|mp3)$/.test(name));
    const music = await Promise.all(
      names.map(async (name) => (await readAudio(sharedMedia('music', name), { maxSec: 60 })).samples),
    );
    const clips: Clip[] = [];
    for (let i = 0; i < CLIPS; i++) {
      const kind = KINDS[i % KINDS.length];
      const samples = new Float32Array(20 * SPEECH_RATE);
      const spoken = new Uint8Array(samples.length / FRAME);
      if (kind.startsWith('voice')) await speak(samples, spoken, { random, wav: join(folder, 'said.wav') });
      const under = kind.endsWith('music')
        ? music[random.integer(music.length)]
        : kind.endsWith('noise')
          ? hiss(random)
          : undefined;
      const decibels = kind.startsWith('voice') ? -[20, 12, 6, 2][random.integer(4)] : 0;
      if (under) lay(samples, under, decibels);
      clips.push({ kind, samples, spoken });
    }
    return clips;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sentences with pauses, each at 0.08 of full scale. */
async function speak(
  samples: Float32Array,
  spoken: Uint8Array,
  { random, wav }: { random: Random; wav: string },
): Promise<void> {
  const voice = VOICES[random.integer(VOICES.length)];
  let at = random.integer(2 * SPEECH_RATE);
  for (;;) {
    const said = await sayTo(wav, voice, SENTENCES[random.integer(SENTENCES.length)]);
    at -= at % FRAME;
    if (at + said.length > samples.length) return;
    const gain = 0.08 / rms(said);
    for (const [i, value] of said.entries()) samples[at + i] = gain * value;
    const level = frameLevels(said);
    const loud = level.slice().sort()[Math.floor(level.length * 0.9)];
    spoken.set(
      withoutGaps(
        Uint8Array.from(level, (db) => Number(db > loud - 35)),
        20,
      ),
      at / FRAME,
    );
    at += said.length + Math.round(SPEECH_RATE * (0.3 + random.integer(3000) / 1000));
  }
}

async function sayTo(wav: string, voice: string, text: string): Promise<Float32Array> {
  const flite = [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    `flite=text='${text.replace(/[.,]/g, '')}':voice=${voice.split(':')[1]}`,
    wav,
  ];
  if (voice.startsWith('flite:')) execFileSync('ffmpeg', flite);
  else execFileSync('espeak-ng', ['-v', voice, '-w', wav, text]);
  return (await readAudio(wav)).samples;
}

/** Noise with less and less of the high, as wind has, that comes and goes. */
function hiss(random: Random): Float32Array {
  let held = 0;
  return Float32Array.from({ length: 20 * SPEECH_RATE }, (_, i) => {
    held = 0.97 * held + 0.2 * (random.integer(20_001) / 10_000 - 1);
    return held * (1 + 0.7 * Math.sin((0.8 * i) / SPEECH_RATE));
  });
}

function lay(samples: Float32Array, under: Float32Array, decibels: number): void {
  const gain = (0.08 / rms(under)) * 10 ** (decibels / 20);
  for (let i = 0; i < samples.length; i++) samples[i] += gain * under[i % under.length];
}

const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) || 1;

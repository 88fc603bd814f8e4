import { expect, test } from 'vitest';
import { BASIC_FRAMES, createFrameEmbedder, embedFrames } from '../../../functions/embed/basic-frames.ts';
import { decodeImage } from '../../../functions/embed/decode-image.ts';
import type { Pixels } from '../../../index/image/image.ts';
import { nodeDecoders } from '../../../offline/media/image-codecs.ts';
import { fromBase64, KNOWN_JPEG, KNOWN_PIXELS, KNOWN_TOKEN, sha256Hex } from './known-frame.ts';
import { type Colour, draw, jpegOf, pngOf, scene } from './pictures.ts';

/** Places in a token, in the order colour.ts, texture.ts and motion.ts document. */
const AT = {
  lightness: 0,
  greenRed: 1,
  blueYellow: 2,
  lightnessDeviation: 3,
  percentiles: 6,
  chroma: 11,
  hues: 13,
  warmth: 21,
  colourfulness: 22,
  layout: 23,
  edges: 50,
  gradient: 58,
  detail: 59,
  sharpness: 62,
  motion: 63,
} as const;

function tokensOf(...pictures: Pixels[]): Float32Array[] {
  const embedder = createFrameEmbedder();
  for (const picture of pictures) embedder.push(picture);
  const all = embedder.tokens();
  return pictures.map((_, i) => all.subarray(i * BASIC_FRAMES.width, (i + 1) * BASIC_FRAMES.width));
}
const tokenOf = (picture: Pixels): Float32Array => tokensOf(picture)[0];
const plain = (colour: Colour, width = 64, height = 64): Pixels => draw(width, height, () => colour);
const grey = (value: number): Colour => [value, value, value];
const motionOf = (token: Float32Array): number[] => [...token.subarray(AT.motion)];

test('a token has 66 values', () => {
  expect(BASIC_FRAMES).toMatchObject({ name: 'basic-frames', width: 66 });
  expect(tokenOf(scene())).toHaveLength(66);
});

test('black, white, one pixel, one row and one column give finite numbers', () => {
  const pictures = [
    plain([0, 0, 0]),
    plain([255, 255, 255]),
    plain([255, 0, 255], 1, 1),
    draw(300, 1, (x) => grey(x % 256)),
    draw(1, 300, (_, y) => grey(y % 256)),
  ];
  for (const picture of pictures) expect(tokenOf(picture).every(Number.isFinite)).toBe(true);
  expect(tokensOf(...pictures).every((token) => token.every(Number.isFinite))).toBe(true);
});

test('black is all 0 but for the neutral warmth of -0.5', () => {
  const token = tokenOf(plain([0, 0, 0]));
  expect([...token].map((value, i) => (i === AT.warmth ? value + 0.5 : value))).toEqual(new Array(66).fill(0));
});

test('white has lightness 100 everywhere and nothing else', () => {
  const token = tokenOf(plain([255, 255, 255]));
  expect(token[AT.lightness]).toBeCloseTo(100, 3);
  expect([...token.subarray(AT.percentiles, AT.percentiles + 5)]).toEqual(new Array(5).fill(expect.closeTo(100, 3)));
  expect(token[AT.chroma]).toBeCloseTo(0, 1);
  expect(token[AT.gradient]).toBe(0);
});

test('plain red has the L*a*b*, the chroma and the warmth of the references', () => {
  const token = tokenOf(plain([255, 0, 0]));
  // Lindbloom: 53.24, 80.09, 67.20; so C = 104.55 and h = 40.0°: -0.5 + 0.02 · 104.55^1.07 · cos(-10°) = 2.352
  expect(token[AT.lightness]).toBeCloseTo(53.24, 1);
  expect(token[AT.greenRed]).toBeCloseTo(80.09, 1);
  expect(token[AT.blueYellow]).toBeCloseTo(67.2, 1);
  expect(token[AT.chroma]).toBeCloseTo(104.55, 1);
  expect(token[AT.warmth]).toBeCloseTo(2.352, 2);
  // Hasler & Süsstrunk: no spread; 0.3 · |(255, 127.5)| = 0.3 · 285.1
  expect(token[AT.colourfulness]).toBeCloseTo(85.53, 1);
  // 40.0° lies between the bins at 0° and 45°: 11 % and 89 % of 104.55 / 105.55
  expect(token[AT.hues]).toBeCloseTo(0.11, 2);
  expect(token[AT.hues + 1]).toBeCloseTo(0.88, 2);
});

test('orange is warmer than grey, and grey than blue', () => {
  const [orange, middle, blue] = (
    [
      [230, 120, 20],
      [128, 128, 128],
      [20, 90, 230],
    ] as const
  ).map((colour) => tokenOf(plain(colour))[AT.warmth]);
  expect(orange).toBeGreaterThan(middle);
  expect(middle).toBeGreaterThan(blue);
});

test('half black, half white has a mean of 50, a deviation of 50, and its percentiles at both ends', () => {
  const token = tokenOf(draw(64, 64, (x) => grey(x < 32 ? 0 : 255)));
  expect(token[AT.lightness]).toBeCloseTo(50, 2);
  expect(token[AT.lightnessDeviation]).toBeCloseTo(50, 2);
  expect([...token.subarray(AT.percentiles, AT.percentiles + 2)]).toEqual([0, 0]);
  expect(token[AT.percentiles + 4]).toBeCloseTo(100, 2);
});

test('the layout says where the light is', () => {
  const token = tokenOf(draw(90, 90, (x, y) => grey(x >= 60 && y < 30 ? 255 : 0))); // top right
  const lightness = Array.from({ length: 9 }, (_, region) => token[AT.layout + 3 * region]);
  expect(lightness[2]).toBeGreaterThan(95);
  expect(Math.max(...lightness.filter((_, region) => region !== 2))).toBeLessThan(5);
});

test('upright stripes have edges at 0°, level ones at 90°, slanted ones at 45°', () => {
  const strongest = (picture: Pixels) => {
    const shares = [...tokenOf(picture).subarray(AT.edges, AT.edges + 8)];
    return shares.indexOf(Math.max(...shares));
  };
  const wave = (phase: number) => grey(128 + 100 * Math.sin(phase / 3));
  expect(strongest(draw(64, 64, (x) => wave(x)))).toBe(0);
  expect(strongest(draw(64, 64, (_, y) => wave(y)))).toBe(4);
  expect(strongest(draw(64, 64, (x, y) => wave(x + y)))).toBe(2);
  expect(strongest(draw(64, 64, (x, y) => wave(x - y)))).toBe(6);
});

test('checks of one, two and four cells have their detail in the first, second and third octave', () => {
  for (const [octave, size] of [1, 2, 4].entries()) {
    const checks = draw(64, 64, (x, y) => grey((Math.floor(x / size) + Math.floor(y / size)) % 2 ? 255 : 0));
    const detail = [...tokenOf(checks).subarray(AT.detail, AT.detail + 3)];
    // every cell is 50 away from its mean of 50, in one octave only
    expect(detail).toEqual([0, 1, 2].map((i) => expect.closeTo(i === octave ? Math.log(51) : 0, 3)));
  }
});

test('a blurred edge is less sharp than a hard one', () => {
  const hard = tokenOf(draw(64, 64, (x) => grey(x < 32 ? 0 : 255)))[AT.sharpness];
  const soft = tokenOf(draw(64, 64, (x) => grey(Math.min(Math.max((x - 16) * 8, 0), 255))))[AT.sharpness];
  expect(hard).toBeGreaterThan(soft + 1);
});

test('the motion of a frame is its change from the one before; the first takes the second\u2019s', () => {
  const half = draw(64, 64, (x) => grey(x < 32 ? 0 : 255));
  const [first, second, third] = tokensOf(plain([0, 0, 0]), half, half);
  // half of the cells rise by 100: a mean of 50
  expect(motionOf(second)).toEqual([expect.closeTo(Math.log(51), 3), expect.closeTo(Math.log(51), 3), 0.5]);
  expect(motionOf(first)).toEqual(motionOf(second));
  expect(motionOf(third)).toEqual([0, 0, 0]);
});

test('a change of colour alone moves colour and not light', () => {
  const [, second] = tokensOf(plain([119, 119, 119]), plain([165, 102, 102])); // both L* = 50 within 1
  const [light, colour, share] = motionOf(second);
  expect(light).toBeLessThan(Math.log(2));
  expect(colour).toBeGreaterThan(Math.log(20));
  expect(share).toBe(1);
});

test('a frame alone has no motion, and no frames are no tokens', () => {
  expect(motionOf(tokenOf(scene()))).toEqual([0, 0, 0]);
  expect(createFrameEmbedder().tokens()).toHaveLength(0);
});

test('tokens may be asked for between frames and do not change afterwards', () => {
  const embedder = createFrameEmbedder();
  embedder.push(scene());
  const early = embedder.tokens();
  embedder.push(plain([0, 0, 0]));
  expect(motionOf(early)).toEqual([0, 0, 0]);
  expect(embedder.tokens()).toHaveLength(132);
});

test('the size of the file does not matter: one scene at 128 and at 640 pixels gives nearly one token', () => {
  const small = tokenOf(scene(128, 128));
  const large = tokenOf(scene(640, 640));
  expect(Math.max(...small.map((value, i) => Math.abs(value - large[i])))).toBeLessThan(1);
});

test('files become tokens in their order, JPEG and PNG alike', async () => {
  const decoders = await nodeDecoders();
  const tokens = await embedFrames([await pngOf(scene()), await jpegOf(plain([0, 0, 0]))], decoders);
  expect([...tokens]).toEqual(tokensOf(scene(), plain([0, 0, 0])).flatMap((token) => [...token]));
});

test('a refused file refuses the clip', async () => {
  const decoders = await nodeDecoders();
  const images = [await jpegOf(scene()), new TextEncoder().encode('not a picture')];
  await expect(embedFrames(images, decoders)).rejects.toMatchObject({ code: 'image-unrecognised' });
});

test('the known JPEG gives the known pixels and the known token', async () => {
  const decoders = await nodeDecoders();
  expect(await sha256Hex((await decodeImage(fromBase64(KNOWN_JPEG), decoders)).data)).toBe(KNOWN_PIXELS);
  expect(await sha256Hex(await embedFrames([fromBase64(KNOWN_JPEG)], decoders))).toBe(KNOWN_TOKEN);
});

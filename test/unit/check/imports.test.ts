import { expect, test } from 'vitest';
import { checkImports, importsOf } from '../../check/imports.ts';

const check = (path: string, specifier: string) =>
  checkImports([{ path, text: `import { a } from '${specifier}';\n` }]);

test('finds static, type, side-effect, dynamic, re-exported and required imports, over several lines too', () => {
  const text = `
import a from 'a';
import type { B } from './b.ts';
import './c.ts';
import {
  d,
  e,
} from '../d.ts';
export { f } from 'f';
export * from "g";
const h = await import('h');
const i = require('i');
const j = import.meta.resolve('j');
/// <reference path="../k.d.ts" />
`;
  expect(importsOf(text).sort()).toEqual(['../d.ts', '../k.d.ts', './b.ts', './c.ts', 'a', 'f', 'g', 'h', 'i', 'j']);
});

test('a word like "from" in a sentence is not an import', () => {
  expect(importsOf("// taken from 'x'\nconst text = \"from 'y'\";\n")).toEqual([]);
});

test.each([
  ['index/hnsw.ts', './hnsw-file.ts'],
  ['functions/embed/motion.ts', '../../index/image/image.ts'],
  ['functions/ground.ts', './engine.ts'],
  ['functions/runtime/ort.ts', 'onnxruntime-web/wasm'],
  ['functions/routes/moments.ts', '../ground.ts'],
  ['functions/runtime/codecs.ts', '@jsquash/webp/codec/dec/webp_dec.js'],
  ['functions/worker.ts', 'cloudflare:workers'],
  ['functions/routes/page.ts', '../../.cuepoint/worker/page.js.txt'],
  ['functions/routes/page.ts', '../page/index.html'],
  ['functions/page/frames.ts', '../embed/frame-plan.ts'],
  ['functions/page/client.ts', '../schema/answer.ts'],
  ['functions/page/mediabunny.ts', 'mediabunny'],
  ['offline/media/image-codecs.ts', '../../functions/embed/decode-image.ts'],
  ['offline/indexing/build.ts', 'hnswlib-node'],
  ['offline/local-worker/fit-child.ts', '../../functions/runtime/unshared-ort.ts'],
  ['offline/lib/files.ts', 'node:fs'],
  ['offline/models/made/made.ts', '../../nn/graph.ts'],
  ['offline/models/grounding/coupled-step.ts', '../../data/batch.ts'],
  ['offline/nn/dropout.ts', '../lib/random.ts'],
  ['offline/export/graphs.ts', '../models/made/made.ts'],
  ['offline/train/train.ts', '../models/registry.ts'],
])('%s may import %s', (path, specifier) => {
  expect(check(path, specifier)).toEqual([]);
});

test.each([
  ['index/hnsw.ts', 'node:fs', 'index imports nothing from outside index'],
  ['index/hnsw.ts', 'zod', 'index imports nothing from outside index'],
  ['index/hnsw.ts', '../offline/lib/files.ts', 'index imports nothing from outside index'],
  ['functions/embed/motion.ts', '../runtime/codecs.ts', 'the portable part of functions imports only index and itself'],
  ['functions/embed/motion.ts', 'node:fs', 'the portable part of functions imports only index and itself'],
  ['functions/ground.ts', 'onnxruntime-web/wasm', 'the portable part of functions imports only index and itself'],
  ['functions/routes/page.ts', '../page/client.ts', 'functions imports only index, itself'],
  ['functions/routes/page.ts', 'mediabunny', 'functions imports only index, itself'],
  ['functions/page/client.ts', '../app.ts', 'the page imports only index, functions/embed, functions/schema'],
  ['functions/page/client.ts', 'hono', 'the page imports only index, functions/embed, functions/schema'],
  ['functions/page/client.ts', 'node:fs', 'the page imports only index, functions/embed, functions/schema'],
  ['functions/worker.ts', '../offline/lib/files.ts', 'functions imports only index, itself'],
  ['functions/worker.ts', 'node:fs', 'functions imports only index, itself'],
  ['functions/worker.ts', 'hnswlib-node', 'functions imports only index, itself'],
  ['functions/worker.ts', 'onnxruntime-node', 'functions imports only index, itself'],
  ['functions/worker.ts', 'sharp', 'functions imports only index, itself'],
  ['functions/worker.ts', '../test/edge/ask.ts', 'functions imports only index, itself'],
  ['offline/nn/layers.ts', 'node:fs', 'know nothing of Node'],
  ['offline/models/made/made.ts', 'node:fs', 'know nothing of Node'],
  ['offline/train/train.ts', '../models/made/config.ts', 'the rest knows families'],
  ['offline/report/columns.ts', '../models/made/config.ts', 'the rest knows families'],
  ['offline/demo/demo.ts', '../../functions/worker.ts', 'offline imports only index'],
  ['offline/demo/demo.ts', '../../functions/runtime/codecs.ts', 'offline imports only index'],
  ['offline/demo/demo.ts', '../../test/unit/embed/pictures.ts', 'offline imports only index'],
])('%s may not import %s', (path, specifier, sentence) => {
  const found = check(path, specifier);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((line) => line.startsWith(`${path} imports `))).toBe(true);
  expect(found.some((line) => line.includes(sentence))).toBe(true);
});

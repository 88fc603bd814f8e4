/** `encoders get` from a server of the test's own, with files of our making: the published architectures at full size, drawn weights. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { floatToHalf } from '../../../index/half.ts';
import { AST_BASE, astTower } from '../../../offline/encoders/ast-tower.ts';
import { cedTower } from '../../../offline/encoders/ced-tower.ts';
import { CLIP_VIT_B32, clipVision } from '../../../offline/encoders/clip-vision.ts';
import { byHand, getEncoder, weightsPath } from '../../../offline/encoders/get-encoder.ts';
import { MN04, mnTower } from '../../../offline/encoders/mn-tower.ts';
import { PE_CORE_T16, peTower } from '../../../offline/encoders/pe-tower.ts';
import { PUBLISHED_NAMES, publicationOf } from '../../../offline/encoders/publications.ts';
import { openWeights } from '../../../offline/encoders/published-weights.ts';
import { REGISTRY } from '../../../offline/encoders/registry.ts';
import { findEncoder } from '../../../offline/encoders/store.ts';
import type { Weights } from '../../../offline/encoders/vit.ts';
import { encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { elements } from '../../../offline/nn/graph.ts';
import { runCuepoint } from '../commands/run-cuepoint.ts';
import { startCuepoint } from '../commands/start-cuepoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { stateDictFile } from '../data/torch-writer.ts';
import { drawnWeights } from './drawn-weights.ts';

let folder: TestFolder;
let store: string;
let server: Server;
let served: Uint8Array;
let requests = 0;
beforeEach(async () => {
  folder = await testFolder();
  store = join(folder.path, 'encoders');
  requests = 0;
  server = createServer((_, response) => {
    requests++;
    response.writeHead(200, { 'content-length': served.length, etag: '"1"' }).end(served);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((ended) => server.close(ended));
  await folder.remove();
});
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
const get = (name: string) => getEncoder(publicationOf(name)!, { folder: store, url: url(), threads: 2 });

/** Every parameter that a tower asks for; variances above 0. */
function parametersOf(build: (weights: Weights) => unknown): Map<string, NamedTensor> {
  const { weights } = drawnWeights('published', 0.05);
  const tensors = new Map<string, NamedTensor>();
  build((name, shape) => {
    const drawn = weights(name, shape);
    const data = name.endsWith('running_var') ? drawn.map((value) => 0.5 + Math.abs(value)) : drawn;
    tensors.set(name, { data, shape });
    return data;
  });
  return tensors;
}

/**
 * A safetensors file of halves, whose values repeat: half a gigabyte of drawn ones would take longer than what is tested.
 * @param shapes of the parameters
 */
function halves(shapes: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const period = 65_536;
  const { weights } = drawnWeights('halves', 0.035);
  const pattern = (name: string) => Uint16Array.from(weights(name, [period]), floatToHalf);
  const [around0, around1] = [pattern('any'), pattern('any.weight')];
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    header[name] = { dtype: 'F16', shape, data_offsets: [end, end + 2 * elements(shape)] };
    end += 2 * elements(shape);
  }
  const json = Buffer.from(JSON.stringify(header).padEnd(8 * Math.ceil(JSON.stringify(header).length / 8)));
  const out = Buffer.alloc(8 + json.length + end);
  out.writeBigUInt64LE(BigInt(json.length));
  json.copy(out, 8);
  let at = 8 + json.length;
  for (const [name, shape] of shapes) {
    const from = shape.length === 1 && /(norm|ln_\w+)\d?\.weight$/.test(name) ? around1 : around0;
    for (let left = 2 * elements(shape); left > 0; left -= 2 * period) {
      const bytes = Buffer.from(from.buffer, 0, Math.min(left, 2 * period));
      at += bytes.copy(out, at);
    }
  }
  return out;
}

/** The shapes of a tower of many equal layers, from one layer. */
function shapesOf(layers: number, layer: RegExp, build: (weights: Weights) => unknown) {
  const shapes = new Map<string, readonly number[]>();
  build((name, shape) => {
    for (let i = 0; i < (layer.test(name) ? layers : 1); i++) shapes.set(name.replace(layer, `$1${i}$2`), shape);
    return new Float32Array(elements(shape));
  });
  return shapes;
}

describe('the paper’s pair', () => {
  test('AST comes as its safetensors file at full size, and is kept as its tower', async () => {
    const one = (weights: Weights) => astTower(weights, { ...AST_BASE, layers: 1 });
    served = halves(shapesOf(AST_BASE.layers, /(encoder\.layer\.)0(\.)/, one));
    const { added, downloaded } = await get('ast');
    expect(downloaded).toMatchObject({
      bytes: served.length,
      sha256: createHash('sha256').update(served).digest('hex'),
    });
    expect(added.card).toMatchObject({ name: 'ast', width: 768, licence: 'BSD-3-Clause' });
    expect((await findEncoder('ast', 'audio', store)).key).toBe(`ast-${added.card.file!.sha256!.slice(0, 12)}`);
    expect((await readdir(store)).sort()).toEqual(['ast.json', 'ast.onnx', 'downloads']);
    expect(await readdir(join(store, 'downloads'))).toEqual([]); // the weights are not kept twice
  });

  test('CLIP comes at full size in OpenCLIP’s names, its matrices of attention in one', async () => {
    const shapes = shapesOf(CLIP_VIT_B32.layers, /(resblocks\.)0(\.)/, () => undefined);
    const { width, hidden, patch, output } = CLIP_VIT_B32;
    const add = (name: string, ...shape: number[]) => shapes.set(`visual.${name}`, shape);
    const norm = (name: string) => [add(`${name}.weight`, width), add(`${name}.bias`, width)];
    add('conv1.weight', width, 3, patch, patch);
    add('class_embedding', width);
    add('positional_embedding', 50, width);
    for (const name of ['ln_pre', 'ln_post']) norm(name);
    for (let i = 0; i < CLIP_VIT_B32.layers; i++) {
      const at = `transformer.resblocks.${i}`;
      for (const name of ['ln_1', 'ln_2']) norm(`${at}.${name}`);
      add(`${at}.attn.in_proj_weight`, 3 * width, width);
      add(`${at}.attn.in_proj_bias`, 3 * width);
      for (const [name, outputs, inputs] of [
        ['attn.out_proj', width, width],
        ['mlp.c_fc', hidden, width],
        ['mlp.c_proj', width, hidden],
      ] as const) {
        add(`${at}.${name}.weight`, outputs, inputs);
        add(`${at}.${name}.bias`, outputs);
      }
    }
    add('proj', width, output);
    shapes.set('token_embedding.weight', [1000, 512]); // of the text tower: left in the file
    served = halves(shapes);
    const { added } = await get('clip-vit-b32');
    expect(added.card).toMatchObject({ name: 'clip-vit-b32', width: 512 });
    expect(added.bytes).toBeGreaterThan(4 * 87_849_216);
  });

  test('CLIP in OpenCLIP’s names is the tower that it is in Hugging Face’s', async () => {
    const sizes = { side: 8, patch: 4, width: 8, heads: 2, layers: 2, hidden: 16, output: 6 };
    const hugging = parametersOf((weights) => clipVision(weights, sizes));
    const { OPEN_CLIP_MARK, withOpenClipNames } = await import('../../../offline/encoders/open-clip-names.ts');
    const open = new Map<string, NamedTensor>();
    const of = (name: string) => hugging.get(`vision_model.${name}`)!;
    open.set(OPEN_CLIP_MARK, of('embeddings.patch_embedding.weight'));
    open.set('visual.class_embedding', of('embeddings.class_embedding'));
    open.set('visual.positional_embedding', of('embeddings.position_embedding.weight'));
    const both = (name: string, from: string) => {
      for (const kind of ['weight', 'bias']) open.set(`visual.${name}.${kind}`, of(`${from}.${kind}`));
    };
    both('ln_pre', 'pre_layrnorm');
    both('ln_post', 'post_layernorm');
    for (let i = 0; i < 2; i++) {
      const [to, from] = [`transformer.resblocks.${i}`, `encoder.layers.${i}`];
      both(`${to}.ln_1`, `${from}.layer_norm1`);
      both(`${to}.ln_2`, `${from}.layer_norm2`);
      both(`${to}.attn.out_proj`, `${from}.self_attn.out_proj`);
      both(`${to}.mlp.c_fc`, `${from}.mlp.fc1`);
      both(`${to}.mlp.c_proj`, `${from}.mlp.fc2`);
      for (const kind of ['weight', 'bias']) {
        const parts = ['q', 'k', 'v'].map((part) => of(`${from}.self_attn.${part}_proj.${kind}`));
        const data = Float32Array.from(parts.flatMap((part) => [...part.data]));
        open.set(`visual.${to}.attn.in_proj_${kind}`, { data, shape: [24, ...parts[0].shape.slice(1)] });
      }
    }
    const projection = hugging.get('visual_projection.weight')!.data; // [6, 8]
    open.set('visual.proj', {
      data: Float32Array.from({ length: 48 }, (_, i) => projection[(i % 6) * 8 + Math.floor(i / 6)]),
      shape: [8, 6],
    });
    const path = await folder.write('open.safetensors', encodeSafetensors(open));
    const { weights, close } = openWeights(path);
    const tower = clipVision(withOpenClipNames(weights), sizes);
    close();
    expect(tower).toEqual(clipVision((name) => hugging.get(name)!.data, sizes));
  });
});

describe('the smaller ones', () => {
  test.each([
    ['ced-tiny', (weights: Weights) => cedTower(weights), encodeSafetensors, 192],
    ['efficientat-mn04', (weights: Weights) => mnTower(weights, MN04), stateDictFile, 384],
    ['pe-core-t16', (weights: Weights) => peTower(weights, PE_CORE_T16), stateDictFile, 512],
  ] as const)('%s comes at full size in the form that it is published in', async (name, build, write, width) => {
    const tensors = parametersOf(build);
    served = write(tensors);
    const { added } = await get(name);
    expect(added.card).toMatchObject({ name, width });
    const path = await folder.write('again.bin', write(tensors));
    const { weights, close } = openWeights(path);
    expect(createHash('sha256').update(build(weights)).digest('hex')).toBe(added.card.file!.sha256);
    close();
  });
});

test('every publication is a tower of the registry under its licence, whose page it names', () => {
  for (const name of PUBLISHED_NAMES) {
    const [{ licence, licenceAt, url }, card] = [publicationOf(name)!, REGISTRY.find((one) => one.name === name)!];
    expect([name, licence, licenceAt, url]).toEqual([
      name,
      card.licence,
      expect.stringMatching(/^https:/),
      expect.stringMatching(/^https:/),
    ]);
  }
});

test('a file that lies where it belongs is taken without a network, and stays', async () => {
  const path = weightsPath(store, publicationOf('ced-tiny')!);
  expect(byHand(store, publicationOf('ced-tiny')!)).toContain(`put it at ${path}, and start again.`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, encodeSafetensors(parametersOf((weights) => cedTower(weights))));
  const { downloaded } = await get('ced-tiny');
  expect([downloaded, requests, existsSync(path)]).toEqual([undefined, 0, true]);
});

test('a file of another model is refused by what it lacks, and nothing is kept', async () => {
  served = encodeSafetensors(new Map([['some.weight', { shape: [1], data: Float32Array.of(1) }]]));
  await expect(get('ced-tiny')).rejects.toThrow('expected a parameter "encoder.init_bn.weight", found none among 1.');
  await expect(findEncoder('ced-tiny', 'audio', store)).rejects.toThrow(
    'fetch them by `npm run cuepoint -- encoders get ced-tiny`',
  );
});

test('`encoders get` shows the licence before it fetches, and what came after', async () => {
  served = encodeSafetensors(parametersOf((weights) => cedTower(weights)));
  const encoders = ['--encoders', store];
  const shown = await runCuepoint(['encoders', 'get', 'ced-tiny', '--card', ...encoders]);
  expect(shown.out.split('\n').slice(0, 3)).toEqual([
    'ced-tiny: CED-Tiny of Xiaomi, an audio tagger, of which the encoder is taken',
    'licence  Apache-2.0: https://huggingface.co/mispeech/ced-tiny',
    'file     https://huggingface.co/mispeech/ced-tiny/resolve/main/model.safetensors (22 MB)',
  ]);
  expect(requests).toBe(0);
  const { code, out } = await startCuepoint(['encoders', 'get', 'ced-tiny', '--url', url(), ...encoders]).ended;
  expect([code, requests]).toEqual([0, 1]);
  expect(out).toMatch(/^fetched {2}\d+\.\d MB, sha256 [0-9a-f]{64} \(its server says none to check it by\)$/m);
  expect(out).toMatch(/^ced-tiny: 192 values per token, /m);
  const again = await runCuepoint(['encoders', 'get', 'ced-tiny', '--url', url(), ...encoders]);
  expect([again.code, again.err.trim()]).toEqual([1, expect.stringContaining('there is one already. Give --replace')]);
  const gone = await runCuepoint(['encoders', 'get', 'ast', '--url', 'http://127.0.0.1:9/x', ...encoders]);
  expect(gone.err).toMatch(
    /expected an answer, got none .* Where there is no network: fetch https:.* put it at .*downloads\/ast\/model\.safetensors, and start again\./,
  );
});

/**
 * Make the files of the browser's side, which the Worker serves as text (functions/routes/page.ts): the page, the module for app developers,
 * and mediabunny.
 *
 * Several scripts for the page, not one: they load each other under their public names when they are wanted, so that the page runs the very
 * `/cuepoint.js` that an app does, and `/mediabunny.js` is the library alone. Its licence (MPL-2.0, §3.2) asks for its notice and for where its
 * source is; both stand in the file. wrangler hands `.txt` imports over as text, hence the names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { writeSpeechWeights } from '../../index/clip/speech-weights.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { WORKER_PARTS } from '../lib/places.ts';
import { sileroWeights } from '../speech/silero.ts';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'functions/page');
const target = join(root, WORKER_PARTS);

/** Sources that are scripts of their own, and what they are served as. */
const SCRIPTS = {
  'mediabunny.ts': 'mediabunny.js',
  'client.ts': 'cuepoint.js',
  'export/export.ts': 'export.js',
  'export/video-worker.ts': 'video-worker.js',
  'cards/outline.ts': 'outline.js',
  'page.tsx': 'page.js',
  'player/shots.ts': 'shots.js',
  'player/speech.ts': 'speech.js',
} as const;
const SHEET = { from: 'style/page.css', name: 'page.css' };

export interface BuiltFile {
  /** The name it is served under. */
  name: string;
  path: string;
  bytes: number;
  written: boolean;
}

/**
 * Write WORKER_PARTS/*.txt where they are missing or differ from what the sources give.
 * @throws Error with esbuild's words when the sources do not build.
 */
export async function preparePage(): Promise<BuiltFile[]> {
  const files: BuiltFile[] = [];
  for (const [from, name] of Object.entries(SCRIPTS)) files.push(await keep(name, await bundle(from)));
  files.push(await keep(SHEET.name, await sheet(SHEET.from)));
  return files;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(source, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    define: entry === 'player/speech.ts' ? { SPEECH_WEIGHTS: JSON.stringify(await speechBytes()) } : undefined,
    banner: { js: NOTICES[entry]?.() ?? '' },
    plugins: [loadedByName(entry)],
    logLevel: 'silent', // what is wrong is thrown
  });
  return outputFiles[0].text;
}

/** With the sheets that it imports. */
async function sheet(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(source, entry)],
    bundle: true,
    write: false,
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** base64: it travels within the script, and is loaded with it. */
async function speechBytes(): Promise<string> {
  return Buffer.from(writeSpeechWeights(await sileroWeights())).toString('base64');
}

/** Imports of the other scripts stay imports, of what they are served as. */
function loadedByName(entry: string): Plugin {
  return {
    name: 'loaded-by-name',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\/[\w./-]+\.ts$/ }, ({ path, resolveDir }) => {
        const file = relative(source, join(resolveDir, path)) as keyof typeof SCRIPTS;
        return file in SCRIPTS && file !== entry ? { path: `./${SCRIPTS[file]}`, external: true } : undefined;
      });
    },
  };
}

/** Scripts with the work of others in it that says no such thing itself. */
const NOTICES: Readonly<Record<string, () => string>> = {
  'mediabunny.ts': mediabunnyNotice,
  'export/video-worker.ts': mediabunnyNotice,
  'player/speech.ts': () =>
    '/*! Weights of Silero VAD 6, rounded to bytes. Copyright 2020-present Silero Team, MIT License, https://github.com/snakers4/silero-vad */',
};

function mediabunnyNotice(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/mediabunny/package.json'), 'utf8')) as {
    version: string;
  };
  return `/*! mediabunny ${version}, parts of it, unmodified but minified. Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/. Source: https://www.npmjs.com/package/mediabunny/v/${version} (folder src), https://github.com/Vanilagy/mediabunny */`;
}

async function keep(name: string, text: string): Promise<BuiltFile> {
  const path = join(target, `${name}.txt`);
  const written = !existsSync(path) || readFileSync(path, 'utf8') !== text;
  if (written) await writeFileAtomic(path, text);
  return { name, path, bytes: Buffer.byteLength(text), written };
}

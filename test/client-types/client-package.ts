/**
 * What `cuepoint/client` is made of: types.ts from /openapi.json, and the package's own JavaScript and declarations, since Node runs no .ts
 * below node_modules. They are kept in the repository, `npm run check` compares them, and `node test/client-types/client-package.ts` writes them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { openapiDocument } from './openapi-document.ts';
import { typesOf } from './types-of.ts';

const root = join(import.meta.dirname, '../..');
const TYPES = 'functions/page/api/types.ts';
const SCRIPT = 'functions/page/api/package/client.js';
const DECLARATIONS = 'functions/page/api/package/client.d.ts';

const GENERATED = 'Made by `node test/client-types/client-package.ts`; `npm run check` compares.';

export async function clientPackage(): Promise<Record<string, string>> {
  const schemas = (await openapiDocument()).components.schemas;
  const text = `/** The shapes of /openapi.json. ${GENERATED} */\n\n${typesOf(schemas)}`;
  const types = formatted(TYPES, text);
  return {
    [TYPES]: types,
    [SCRIPT]: formatted(SCRIPT, await script()),
    [DECLARATIONS]: formatted(DECLARATIONS, declarations(types)),
  };
}

/** Files that are not as they would be made now. */
export async function staleFiles(): Promise<string[]> {
  const files = await clientPackage();
  const old = Object.keys(files).filter((path) => read(path) !== files[path]);
  return old.map(
    (path) => `${path}: expected what its sources give, got another. Run node test/client-types/client-package.ts.`,
  );
}

/** ES2020 is what Hermes, of React Native, has at least. */
async function script(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['functions/page/api/client.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2020',
    charset: 'utf8',
    banner: { js: `// biome-ignore-all lint: esbuild wrote it\n/* cuepoint/client. ${GENERATED} */` },
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** Each source's declarations below one another, without the imports between them. */
function declarations(types: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cuepoint-client-'));
  try {
    writeFileSync(join(folder, 'types.ts'), types);
    for (const name of ['error', 'send', 'client'])
      writeFileSync(join(folder, `${name}.ts`), read(`functions/page/api/${name}.ts`));
    const names = ['types', 'error', 'send', 'client'];
    run('node_modules/typescript/bin/tsc', [
      ...[
        '--declaration',
        '--emitDeclarationOnly',
        '--allowImportingTsExtensions',
        '--target',
        'ES2024',
        '--module',
        'ESNext',
      ],
      ...[
        '--moduleResolution',
        'bundler',
        '--lib',
        'ES2024,DOM',
        '--types',
        '',
        '--strict',
        '--outDir',
        join(folder, 'out'),
      ],
      ...['--ignoreConfig', ...names.map((name) => join(folder, `${name}.ts`))],
    ]);
    const parts = names.map((name) => readFileSync(join(folder, 'out', `${name}.d.ts`), 'utf8'));
    const whole = parts.join('\n').replace(/^(?:import|export) (?:type )?(?:\{[^}]*\}|\*) from '\.\/\w+\.ts';\n/gm, '');
    return `/* ${GENERATED} */\n${whole}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const formatted = (path: string, text: string): string =>
  run('node_modules/@biomejs/biome/bin/biome', ['check', '--write', '--stdin-file-path', path], text);

function run(tool: string, args: string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, tool), ...args], {
    cwd: root,
    encoding: 'utf8',
    input,
  });
  if (status !== 0) throw new Error(`${tool}: ${stdout}${stderr}`);
  return stdout;
}

function read(path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main)
  for (const [path, text] of Object.entries(await clientPackage())) writeFileSync(join(root, path), text);

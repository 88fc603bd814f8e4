/**
 * An example of every command, which `--help` prints.
 *
 * They stand in an order in which each works after those before it and the demo (`npm run demo -- --once`), and write under .cuepoint/ only;
 * `npm run docs -- commands` runs them. What needs more than that says so.
 */

export interface Example {
  /** As they are typed in the project's folder. */
  lines: readonly string[];
  /** The command whose example comes before it. */
  after?: string;
  /** What the demo does not give: "a file of your own". */
  needs?: string;
}

/** The demo's, as long as it is left running. */
export const RUNNING_SERVICE = "a running service: the demo's, when it is started without --once";

/** By the names of the command, "index build". */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  demo: cuepoint('demo --once'),
  encode: cuepoint('encode --music .cuepoint/demo/music --clips .cuepoint/demo/clips --out .cuepoint/tokens'),
  worker: cuepoint('worker --queue redis://127.0.0.1:6379 --store .cuepoint/store --until-empty', {
    needs: 'a Redis or Valkey server',
  }),
  'queue status': cuepoint('queue status --queue redis://127.0.0.1:6379', { needs: 'that server' }),

  'encoders list': cuepoint('encoders list'),
  'encoders add': cuepoint('encoders add tower.onnx --name mine --kind image --preparation clip', {
    needs: 'a tower of your own that takes pictures of 224 × 224',
  }),
  'encoders check': cuepoint('encoders check'),
  'encoders get': cuepoint('encoders get ced-tiny --card'),
  'encoders quantise': cuepoint('encoders quantise mine', { after: 'encoders add', needs: 'that tower' }),

  'index build': cuepoint('index build --music .cuepoint/demo/music --out .cuepoint/index'),
  'index remove': cuepoint('index remove --file "Amber River (chiptune).wav" --out .cuepoint/index', {
    after: 'index build',
  }),
  'index add': cuepoint('index add --music .cuepoint/demo/music --out .cuepoint/index', { after: 'index remove' }),
  'index list': cuepoint('index list'),
  'index report': cuepoint('index report'),
  'index verify': cuepoint('index verify'),
  'index publish': cuepoint('index publish --to assets --out .cuepoint/published'),
  'index rollback': cuepoint('index rollback --out .cuepoint/index', { after: 'index remove' }),
  'index vectorize': cuepoint('index vectorize --fields bpm --to .cuepoint/vectorize'),

  align: cuepoint('align --posts .cuepoint/posts --music .cuepoint/demo/music --out .cuepoint/aligned.csv', {
    before: [
      "mkdir -p .cuepoint/posts && cp '.cuepoint/demo/music/Amber River (chiptune).wav' .cuepoint/posts/post.wav",
    ],
  }),
  learn: cuepoint(
    'learn --posts .cuepoint/published --music .cuepoint/demo/music --init .cuepoint/demo/model/last.safetensors --out .cuepoint/learned --index .cuepoint/learned-index --steps 20',
    {
      before: [
        "mkdir -p .cuepoint/published && for day in 0 1 2 3 4; do ffmpeg -v error -y -i .cuepoint/demo/clips/clip-00$day.mp4 -ss 1$day -i '.cuepoint/demo/music/Amber River (chiptune).wav' -map 0:v -map 1:a -c:v copy -shortest .cuepoint/published/2026-01-0$((day + 1)).mp4; done",
      ],
    },
  ),
  simulate: cuepoint('simulate --size tiny --seed 1 --out .cuepoint/data'),
  'data check': cuepoint('data check .cuepoint/data', { after: 'simulate' }),
  'data stats': cuepoint('data stats .cuepoint/data --svg .cuepoint/figures', { after: 'simulate' }),
  'data split': cuepoint('data split .cuepoint/data --seed 2 --out .cuepoint/data-2', { after: 'simulate' }),
  'data make': cuepoint(
    'data make --music .cuepoint/demo/music --clips .cuepoint/demo/clips --log .cuepoint/log.csv --out .cuepoint/own --val 1 --test 1',
    {
      before: [
        "printf '%s\\n' clip,track,start,end clip-000.mp4,'Amber River (chiptune).wav',0:10,0:18 clip-001.mp4,'Amber Window (rock).wav',4.5,12.5 clip-002.mp4,'Copper Window (funk).wav',20,28 > .cuepoint/log.csv",
      ],
    },
  ),
  'data import': cuepoint('data import --features MGSV-EC/features --csv MGSV-EC --out .cuepoint/mgsv-ec --half', {
    needs: "MGSV-EC's released features and annotations",
  }),
  models: cuepoint('models'),
  train: cuepoint('train --data .cuepoint/data --out .cuepoint/run --epochs 20', { after: 'simulate' }),
  export: cuepoint(
    'export --checkpoint .cuepoint/run/best-mIoU.safetensors --data .cuepoint/data --out .cuepoint/graphs --precision int8',
    { after: 'train' },
  ),
  evaluate: {
    lines: [
      'evaluate --checkpoint .cuepoint/demo/model/last.safetensors --data .cuepoint/demo/data --top 10 --json .cuepoint/made.json',
      'evaluate --rank .cuepoint/made.json --moment .cuepoint/made.json',
    ].map((args) => `npm run cuepoint -- ${args}`),
  },
  experiment: cuepoint(
    'experiment presets --data .cuepoint/data --out .cuepoint/presets --epochs 1 --seeds 1 --set width=64',
    { after: 'simulate' },
  ),
  ground: cuepoint(
    'ground --checkpoint .cuepoint/demo/model/last.safetensors --tokens .cuepoint/tokens --out .cuepoint/pairs.safetensors',
    { after: 'encode' },
  ),
  'import-reference': cuepoint('import-reference --weights weights.safetensors --out .cuepoint/reference.safetensors', {
    needs: 'published weights of the reference implementation',
  }),

  mcp: cuepoint('mcp --url http://127.0.0.1:8787', {
    needs: "an agent that speaks to it, and a running service: the demo's, when it is started without --once",
  }),
  mix: cuepoint(
    'mix --clip .cuepoint/demo/clips/clip-128.mp4 --url http://127.0.0.1:8787 --out .cuepoint/mixed.mp4 --edl .cuepoint/mixed.edl --credits .cuepoint/credits.txt',
    { needs: RUNNING_SERVICE },
  ),
  smoke: cuepoint('smoke http://127.0.0.1:8787', { needs: RUNNING_SERVICE }),
  'feedback export': cuepoint('feedback export --from .cuepoint/feedback.jsonl --out .cuepoint/feedback.csv', {
    before: [
      `echo '{"at":"2026-11-29T12:00:00Z","event":"used","requestId":"r1","clipId":"c1","clipMs":8000,"trackId":"t1","startMs":4000,"endMs":12000,"trackMs":90000,"indexVersion":"i1","modelVersion":"m1"}' > .cuepoint/feedback.jsonl`,
    ],
  }),
  'key new': cuepoint('key new --id app --scopes ground,feedback --file .cuepoint/keys.json'),
  'key revoke': cuepoint('key revoke --id app --file .cuepoint/keys.json', { after: 'key new' }),

  'study answers': cuepoint(
    'study answers --url http://127.0.0.1:8787 --clips .cuepoint/demo/clips --n 4 --out .cuepoint/served.jsonl',
    { needs: RUNNING_SERVICE },
  ),
  'study make': cuepoint(
    'study make .cuepoint/made.json .cuepoint/made.json#truth --clips .cuepoint/demo/clips --music .cuepoint/demo/music --n 4 --out .cuepoint/study',
    { after: 'evaluate' },
  ),
  'study export': cuepoint('study export --bucket --out answers.jsonl', {
    needs: 'a study that people have answered, and FEEDBACK_BUCKET in wrangler.toml',
  }),
  'study score': cuepoint('study score answers.jsonl --study .cuepoint/study', {
    after: 'study make',
    needs: 'what people answered',
  }),
};

interface Around {
  before?: readonly string[];
  after?: string;
  needs?: string;
}

function cuepoint(args: string, { before = [], ...around }: Around = {}): Example {
  return { lines: [...before, `npm run cuepoint -- ${args}`], ...around };
}

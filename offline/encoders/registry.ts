/**
 * The encoders that Cuepoint knows: two of its own, the paper's pair, and small published towers.
 *
 * Weights are never part of Cuepoint. `cuepoint encoders add` brings a file in under one of these names, or under a name of
 * its own with a preparation of those below.
 */
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import { CLIP_IMAGES, type ImagePreprocessing } from '../../index/image/tower-image.ts';
import { BASIC_AUDIO } from './basic-audio.ts';
import type { AudioCard, EncoderCard, FramePreparation, ImageCard, SoundPreparation } from './card.ts';

/** MaDe's windows (made.md §1): ±5 s around a centre every 2.5 s. */
export const SEGMENT = { windowSec: 10, hopSec: 2.5 } as const;

/** torchvision's evaluation transform of ImageNet models: https://pytorch.org/vision/0.14/models.html */
const IMAGENET: ImagePreprocessing = {
  size: 224,
  resize: 256,
  filter: 'bilinear',
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};
/** Values in [-1, 1], as TensorFlow's MobileNets and Inceptions take them. */
const MOBILENET: ImagePreprocessing = { ...IMAGENET, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

/** The preparations that a file of one's own can be added with, by name. */
export const FRAME_PREPARATIONS: Record<string, FramePreparation> = {
  clip: { kind: 'pixels', layout: 'nchw', ...CLIP_IMAGES },
  imagenet: { kind: 'pixels', layout: 'nchw', ...IMAGENET },
  mobilenet: { kind: 'pixels', layout: 'nchw', ...MOBILENET },
};
export const SOUND_PREPARATIONS: Record<string, SoundPreparation['kind']> = {
  ast: 'fbank',
  waveform: 'waveform',
  yamnet: 'log-mel',
};

export const BASIC_FRAMES_CARD: ImageCard = {
  name: BASIC_FRAMES.name,
  kind: 'image',
  input: 'one frame of any size',
  preparation: { kind: 'basic-frames' },
  width: BASIC_FRAMES.width,
  licence: 'MIT',
  source: 'part of Cuepoint: docs/encoders.md',
  revision: BASIC_FRAMES.revision,
};

export const BASIC_AUDIO_CARD: AudioCard = {
  name: BASIC_AUDIO.name,
  kind: 'audio',
  input: 'the whole track',
  preparation: { kind: 'basic-audio' },
  width: BASIC_AUDIO.width,
  ...SEGMENT,
  licence: 'MIT',
  source: 'part of Cuepoint: docs/encoders.md',
  revision: BASIC_AUDIO.revision,
};

const CLIP: ImageCard = {
  name: 'clip-vit-b32',
  kind: 'image',
  input: 'one frame, 224 x 224',
  preparation: FRAME_PREPARATIONS.clip,
  width: 512,
  licence: 'MIT',
  source: 'https://github.com/openai/CLIP',
  file: {
    name: 'clip-vit-b32.onnx',
    make: "Save transformers' CLIPVisionModelWithProjection.from_pretrained('openai/clip-vit-base-patch32') by save_pretrained and add its model.safetensors, or export it by torch.onnx with input pixel_values [N, 3, 224, 224], output image_embeds [N, 512] and N dynamic.",
    input: 'pixel_values',
    output: 'image_embeds',
    batch: 8,
  },
};

const AST: AudioCard = {
  name: 'ast',
  kind: 'audio',
  input: '10 s of sound as 1024 x 128 filterbank values',
  preparation: { kind: 'fbank' },
  width: 768,
  ...SEGMENT,
  licence: 'BSD-3-Clause',
  source: 'https://github.com/YuanGongND/ast',
  file: {
    name: 'ast.onnx',
    make: "Save transformers' ASTModel.from_pretrained('MIT/ast-finetuned-audioset-10-10-0.4593') by save_pretrained and add its model.safetensors, or export it by torch.onnx with input input_values [N, 1024, 128], output pooler_output [N, 768] (the mean of its two class tokens) and N dynamic.",
    input: 'input_values',
    output: 'embedding',
    batch: 1,
  },
};

const MOBILENET_V2: ImageCard = {
  name: 'mobilenet-v2',
  kind: 'image',
  input: 'one frame, 224 x 224',
  preparation: FRAME_PREPARATIONS.mobilenet,
  width: 1280,
  licence: 'Apache-2.0',
  source: 'https://github.com/google-coral/test_data',
  file: {
    name: 'mobilenet-v2.int8.onnx',
    sha256: 'd5b0c9a1e25c0839b50a2285772d9da6cbc7b4e99aa522b44c4ccdf563256c7c',
    make: "Convert MobileNetV2 1.0 224 (ImageNet) of google-coral/test_data to ONNX with the pooled features as the output embedding [N, 1280]; the hash is that of the project's own trial copy, and another export can be added under another name.",
    input: 'input',
    output: 'embedding',
    batch: 8,
  },
};

const MUSICNN: AudioCard = {
  name: 'musicnn-jamendo',
  kind: 'audio',
  input: '3 s of 16 kHz sound',
  preparation: { kind: 'waveform', samples: 48000 },
  width: 1506,
  windowSec: 3,
  hopSec: 1.25,
  licence: 'MIT',
  source: 'https://github.com/minzwon/sota-music-tagging-models',
  file: {
    name: 'musicnn-jamendo.onnx',
    sha256: 'c637146aff8e5939929cddad49d61f80b08cf6010651da0b8b7d88af3eeb0896',
    make: 'Export the MusiCNN trained on MTG-Jamendo by torch.onnx.export with input waveform [N, 48000] and the features before its last layers as embedding [N, 1506].',
    input: 'waveform',
    output: 'embedding',
    batch: 16,
  },
};

const YAMNET: AudioCard = {
  name: 'yamnet',
  kind: 'audio',
  input: '0.96 s of sound as 96 x 64 log-mel values',
  preparation: { kind: 'log-mel', frames: 96 },
  width: 1024,
  windowSec: 0.96,
  hopSec: 0.5,
  licence: 'Apache-2.0',
  source: 'https://github.com/tensorflow/models/tree/master/research/audioset/yamnet',
  file: {
    name: 'yamnet.int8.onnx',
    sha256: 'a75000067e7452cb8de9f35d71b3d8e4639cda184f92d645cfb013a165e75dcd',
    make: 'Convert YAMNet (google-coral/coralmicro) to ONNX with input [N, 96, 64] and the pooled features as embedding [N, 1024].',
    input: 'input',
    output: 'embedding',
    batch: 16,
  },
};

/** "Squashed" to the square, by its own transforms.py: https://github.com/facebookresearch/perception_models */
const PE_IMAGES: ImagePreprocessing = {
  ...{ size: 384, resize: 384, squash: true, filter: 'bilinear' },
  ...{ mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
};

const perceptionEncoder = (name: string, published: string): ImageCard => ({
  name,
  kind: 'image',
  input: 'one frame, 384 x 384',
  preparation: { kind: 'pixels', layout: 'nchw', ...PE_IMAGES },
  width: 512,
  licence: 'Apache-2.0',
  source: 'https://github.com/facebookresearch/perception_models',
  file: {
    name: `${published}.pt`,
    make: `Fetch it by \`cuepoint encoders get ${name}\`, or add the published ${published}.pt.`,
    input: 'pixel_values',
    output: 'image_embeds',
    batch: 4,
  },
});

/** Towers that bring their spectrogram in their graph: five seconds every 2.5 s. */
const fiveSeconds = (card: Pick<AudioCard, 'name' | 'width' | 'licence' | 'source'>, file: string): AudioCard => ({
  ...card,
  kind: 'audio',
  input: '5 s of 16 kHz sound',
  preparation: { kind: 'waveform', samples: 80_000 },
  windowSec: 5,
  hopSec: 2.5,
  file: {
    name: file,
    make: `Fetch it by \`cuepoint encoders get ${card.name}\`, or add the published ${file}.`,
    input: 'waveform',
    output: 'embedding',
    batch: 8,
  },
});

const CED = { licence: 'Apache-2.0', source: 'https://github.com/RicherMans/CED' };
const EFFICIENTAT = { licence: 'MIT', source: 'https://github.com/fschmid56/EfficientAT' };

export const REGISTRY: readonly EncoderCard[] = [
  BASIC_FRAMES_CARD,
  CLIP,
  MOBILENET_V2,
  BASIC_AUDIO_CARD,
  AST,
  MUSICNN,
  YAMNET,
  perceptionEncoder('pe-core-t16', 'PE-Core-T16-384'),
  perceptionEncoder('pe-core-s16', 'PE-Core-S16-384'),
  fiveSeconds({ name: 'ced-tiny', width: 192, ...CED }, 'model.safetensors'),
  fiveSeconds({ name: 'efficientat-mn04', width: 384, ...EFFICIENTAT }, 'mn04_as_mAP_432.pt'),
  fiveSeconds({ name: 'efficientat-mn10', width: 960, ...EFFICIENTAT }, 'mn10_as_mAP_471.pt'),
];

/**
 * Convolution of pictures, as the first layer of a pretrained tower has it: without padding, forward only.
 * Nothing here is trained, so it has no gradient, and autodiff.ts says so when it is asked for one.
 */
import { apply, fixed, shapeError, type Tensor } from './graph.ts';

/**
 * x [N, C, H, W] under every window of weight [O, C, h, w], `stride` apart on both axes.
 * @param stride in pixels; @param bias [O]
 * @returns [N, O, floor((H - h) / stride) + 1, floor((W - w) / stride) + 1]
 * @throws Error when the channels differ or the kernel is larger than the picture
 */
export function convolve(x: Tensor, weight: Tensor, stride: number, bias?: Tensor): Tensor {
  const [batch, channels, ...sizes] = x.shape;
  const [outputs, expected, ...kernel] = weight.shape;
  const [height, width] = sizes.map((size, i) => Math.floor((fixed(size) - fixed(kernel[i])) / stride) + 1);
  if (channels !== expected || height < 1 || width < 1)
    throw shapeError(
      'Conv',
      x.graph,
      'equally many channels and no kernel larger than its picture',
      x.shape,
      weight.shape,
    );
  return apply('Conv', bias ? [x, weight, bias] : [x, weight], [batch, outputs, height, width], {
    attributes: { strides: [stride, stride] },
  });
}

# SPDX-License-Identifier: Apache-2.0
"""What each peer is asked for, one function each: (network, inputs, classes) → a function that does it once and gives
the map, or a list with one a class.

`together` is one batch with the inputs repeated for each class, rather than a loop over the classes.
"""
import sys
import unittest.mock

import torch

from networks import last_feature_map

WINDOW, STEP = 8, 4


def repeated(inputs, classes):
    """Inputs for each class in one batch, image by image, and the class of each."""
    targets = torch.arange(classes, device=inputs.device).repeat(len(inputs))
    return inputs.repeat_interleave(classes, 0).contiguous(memory_format=torch.channels_last), targets


def pytorch_forward(network, inputs, classes, together):
    def once():
        with torch.no_grad():
            return network(inputs)

    return once


def attribute(method, inputs, classes, together, **how):
    """Captum's methods: one call a class, or one for all."""
    if together:
        inputs, targets = repeated(inputs, classes)
        return lambda: method.attribute(inputs, target=targets, **how)
    return lambda: [method.attribute(inputs, target=target, **how) for target in range(classes)]


def captum_deconvolution(network, inputs, classes, together):
    from captum.attr import Deconvolution

    return attribute(Deconvolution(network), inputs, classes, together)


def captum_grad_cam(network, inputs, classes, together):
    from captum.attr import LayerGradCam

    method = LayerGradCam(network, last_feature_map(network))
    return attribute(method, inputs, classes, together, relu_attributions=True)


def captum_occlusion(network, inputs, classes, together):
    """One class. Together: all windows in one batch, as far as 64 images of SqueezeNet go."""
    from captum.attr import Occlusion

    batch = max(1, min(4096 * 32 * 32, 64 * 227 * 227) // inputs[:, 0].numel()) if together else 1
    method = Occlusion(network)
    return lambda: method.attribute(inputs, sliding_window_shapes=(3, WINDOW, WINDOW), strides=(3, STEP, STEP),
                                    target=0, perturbations_per_eval=batch)


def zennit_epsilon_plus(network, inputs, classes, together):
    from zennit.attribution import Gradient
    from zennit.composites import EpsilonPlus

    attributor = Gradient(model=network, composite=EpsilonPlus())
    attributor.__enter__()
    one_hot = torch.eye(10, device=inputs.device)
    if together:
        inputs, targets = repeated(inputs, classes)
        return lambda: attributor(inputs, one_hot[targets])[1]
    return lambda: [attributor(inputs, one_hot[[target] * len(inputs)])[1] for target in range(classes)]


def pytorch_grad_cam(network, inputs, classes, together):
    for module in ("ttach", "tqdm", "sklearn", "sklearn.decomposition"):  # imported, and not used by Grad-CAM
        sys.modules.setdefault(module, unittest.mock.MagicMock())
    import cv2
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    cv2.setNumThreads(torch.get_num_threads())
    cam = GradCAM(model=network, target_layers=[last_feature_map(network)], use_cuda=inputs.is_cuda)
    if together:
        inputs, targets = repeated(inputs, classes)
        chosen = [ClassifierOutputTarget(target) for target in targets.tolist()]
        return lambda: cam(input_tensor=inputs, targets=chosen)
    return lambda: [cam(input_tensor=inputs, targets=[ClassifierOutputTarget(target)] * len(inputs))
                    for target in range(classes)]

"""From image files to training: image sets, where they come from, and the tf.data chain."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "dataset": ["augmentation", "check_batch_size", "make_dataset"],
        "files": ["load_image_folder"],
        "images": ["ImageSet", "scale_pixels", "unscale_pixels"],
        "sources": ["load_images"],
    },
)

"""A run: a recipe trained into a folder, what is written beside, and how to read it back."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "folder": [
            "Record",
            "Run",
            "check_free",
            "export_onnx",
            "save_images",
            "write_json",
            "write_table",
        ],
        "train": ["train_recipe"],
        "recorder": ["BatchHistory", "RunRecorder", "SampleGrid"],
    },
)

"""Pictures in, the exact bytes of QR codes out."""

import os

# OpenCV unpacks up to 2^30 pixels, which a small file can claim to have. It reads this when it is imported.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(64_000_000))

"""A desk without hardware: a printer, its paper, a camera and the hand that holds one before the other."""

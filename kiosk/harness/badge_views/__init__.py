"""Camera views of badges as people hold them: generated, repeatable, and nobody's."""

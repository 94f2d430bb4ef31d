"""The editor's own room: text in, edits and answers out.

Everything here but the widgets is pure: it takes lines and gives lines, and knows no screen.

`document`    the text of a buffer, exactly as it is on disk, quick at any size
`view`        which line is on which row: folds, widths, characters that cannot be shown
`colours`     which part of a line has which colour, worked out for the lines in sight only
`languages`   suffix, comment mark and grammar of a language
`folding`     the cells of a buffer as ranges of lines
"""

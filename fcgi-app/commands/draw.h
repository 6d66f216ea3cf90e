/* draw.h - a chart as a picture. */
#ifndef MINGDA_DRAW_H
#define MINGDA_DRAW_H

/* mingda workflow draw FILE.scxml [--chart KIND] [--dossier REF [--child ID]] [--lang zh|en] [--dot] [-o
 * OUT.svg]; argv[0] is "draw". The chart of the edition, or of one of its kinds of children; with a dossier
 * where it stands and what may be done next. Laid out by Graphviz's dot, which must be installed; --dot
 * prints what it would be given. */
int workflow_draw(int argc, char **argv);

#endif

#ifndef ABUF_BASE_VERSION_H
#define ABUF_BASE_VERSION_H

/*
 * The one place that names the version.  The manual pages and the package
 * take it from here through the Makefile.
 */
#define ABUF_VERSION "0.1.0"

#endif

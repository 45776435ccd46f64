#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <libv4lconvert.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* open and ioctl take a variable number of arguments, and the request codes are macros with sizeof: neither can be said in
   Swift. Each function returns 0 (or a descriptor), or a negative errno. */

static inline int mm_v4l2_result(int result) { return result < 0 ? -errno : result; }

static inline int mm_v4l2_open(const char *path) {
    return mm_v4l2_result(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC));
}
static inline int mm_v4l2_query_capability(int fd, struct v4l2_capability *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_QUERYCAP, value));
}
static inline int mm_v4l2_set_format(int fd, struct v4l2_format *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_S_FMT, value));
}
static inline int mm_v4l2_get_parameters(int fd, struct v4l2_streamparm *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_G_PARM, value));
}
static inline int mm_v4l2_set_parameters(int fd, struct v4l2_streamparm *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_S_PARM, value));
}
static inline int mm_v4l2_request_buffers(int fd, struct v4l2_requestbuffers *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_REQBUFS, value));
}
static inline int mm_v4l2_query_buffer(int fd, struct v4l2_buffer *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_QUERYBUF, value));
}
static inline int mm_v4l2_queue_buffer(int fd, struct v4l2_buffer *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_QBUF, value));
}
static inline int mm_v4l2_dequeue_buffer(int fd, struct v4l2_buffer *value) {
    return mm_v4l2_result(ioctl(fd, VIDIOC_DQBUF, value));
}
static inline int mm_v4l2_stream(int fd, int on) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    return mm_v4l2_result(ioctl(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type));
}
/* 1: covered, 0: not, negative: the camera has no such control. */
static inline int mm_v4l2_privacy(int fd) {
    struct v4l2_control control = {.id = V4L2_CID_PRIVACY, .value = 0};
    int result = mm_v4l2_result(ioctl(fd, VIDIOC_G_CTRL, &control));
    return result < 0 ? result : control.value != 0;
}
/* NULL on failure, with the negative errno in *error. */
static inline void *mm_v4l2_map(int fd, size_t length, long offset, int *error) {
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    *error = memory == MAP_FAILED ? -errno : 0;
    return memory == MAP_FAILED ? NULL : memory;
}
static inline int mm_v4l2_is_capture(const struct v4l2_capability *value) {
    unsigned int caps = value->capabilities & V4L2_CAP_DEVICE_CAPS ? value->device_caps : value->capabilities;
    return (caps & V4L2_CAP_VIDEO_CAPTURE) != 0 && (caps & V4L2_CAP_STREAMING) != 0;
}
/* Bits of v4l2_buffer.flags. */
static inline int mm_v4l2_has_monotonic_time(const struct v4l2_buffer *value) {
    return (value->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}
static inline int mm_v4l2_has_error(const struct v4l2_buffer *value) { return (value->flags & V4L2_BUF_FLAG_ERROR) != 0; }

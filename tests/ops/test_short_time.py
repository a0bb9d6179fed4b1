"""What the transforms of short times do not take, and what no transform takes: PyTorch's refusals, its sentences."""

import warnings

import pytest

from tests.nn.beside import calls, holds, lab

REFUSED = """
m.istft(s.real,4) | m.istft(s,4,hop_length=0) | m.istft(s,4,hop_length=5) | m.istft(s[0],4) | m.istft(s[None,None],4) | m.istft(s,4,onesided=False) | m.istft(w,4,onesided=True) | m.istft(s,4,win_length=0)
m.istft(s,4,win_length=9) | m.istft(s,4,win_length=3,window=m.ones(4)) | m.istft(s,4,window=m.ones(2,2)) | m.istft(s,4,window=m.ones(4).cfloat()) | m.istft(s,4,return_complex=True) | m.istft(w,4,onesided=True,return_complex=True)
m.istft(s,4,4,window=m.tensor([0.,1,1,0])) | m.istft(s,4,window=m.zeros(4)) | m.istft(s,4,length=0) | m.istft(s[:,:1],4) | m.istft(s[:,:0],4) | m.istft(s[None,:0],4)
m.stft(x[None,None],4,return_complex=True) | m.stft(x.long(),4,return_complex=True) | m.stft(x,4,window=m.ones(3),return_complex=True) | m.stft(x,4,window=m.ones(2,2),return_complex=True) | m.stft(x,40,return_complex=True)
m.stft(x,40,return_complex=True,center=False) | m.stft(x,0,return_complex=True,center=False) | m.stft(x.cfloat(),4,onesided=True) | m.stft(x,4,pad_mode='x',return_complex=True) | m.stft(x[:0],4,return_complex=True)
m.stft(x[0],4,return_complex=True,center=False) | x.stft(4) | m.stft(x,4,-1,return_complex=True) | m.stft(x,4,win_length=5,return_complex=True) | m.stft(x.half(),4,return_complex=True)
m.fft.fft(h) | m.fft.ifft(h) | m.fft.rfft(h) | m.fft.irfft(h) | m.fft.hfft(h) | m.fft.ihfft(h) | m.fft.fft2(h[None]) | m.fft.rfftn(h) | m.fft.fft(h.bfloat16())
"""  # fmt: skip


@pytest.mark.parametrize("call", calls(REFUSED))
def test_a_mistake_is_told_as_pytorch_tells_it(call):
    def claim(m):
        s = (m.arange(12.0).reshape(3, 4) + 1).cfloat()
        given = {"m": m, "s": s, "w": m.ones(4, 4).cfloat(), "x": m.arange(8.0), "h": m.ones(4).half()}
        return eval(call, given)

    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError, NotImplementedError)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of windows
        claim(lab)
    holds(claim, warnings=False)


@pytest.mark.parametrize("call", [
    "m.istft(m.stft(x, 4, return_complex=True), 4)", "m.istft(m.stft(x, 4, 2, window=w, return_complex=True), 4, 2, window=w, length=12)",
    "m.istft(m.stft(x.cfloat(), 4, onesided=False), 4, onesided=False, return_complex=True)",
    "m.istft(m.stft(x[None], 4, win_length=3, normalized=True, return_complex=True), 4, win_length=3, normalized=True)",
    "m.istft(m.stft(x, 4, center=False, return_complex=True), 4, center=False)",
])  # fmt: skip
def test_there_and_back(call):
    holds(lambda m: eval(call, {"m": m, "x": m.arange(8.0) ** 2, "w": m.hann_window(4)}), 1e-5, warnings=False)

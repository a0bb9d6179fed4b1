"""A wrong size, step, border or dtype given to a word of images is refused as PyTorch refuses it."""

import pytest

from tests.nn.beside import calls, holds, lab

REFUSED = """
F.adaptive_avg_pool2d(v, 1) | F.adaptive_avg_pool3d(d, 1) | F.adaptive_avg_pool2d(v, 2)
F.conv1d(x1,w1,stride=0) | F.conv1d(x1,w1,stride=-1) | F.conv1d(x1,w1,padding=-1) | F.conv1d(x1,w1,dilation=0) | F.conv1d(x1,w1,dilation=-1) | F.conv1d(x1,w1,groups=0) | F.conv1d(x1,w1,groups=2) | F.conv1d(x1,w1,groups=-1)
F.conv1d(x1,w1[:,:1]) | F.conv1d(x1,w1,m.ones(7)) | F.conv1d(x1,w1,m.ones(1,3)) | F.conv1d(d[0],w1) | F.conv1d(x2,w1) | F.conv1d(x1,w1,stride=(1,2)) | F.conv1d(x1,w1,padding=(1,2)) | F.conv1d(x1,w1,padding='bad')
F.conv1d(x1,w1,stride=2,padding='same') | F.conv1d(x1[:,:,:2],w1) | F.conv1d(x1[:,:,:0],w1) | F.conv1d(x1,w1.long()) | F.conv1d(x1,w1.double()) | F.conv2d(x2,w2,stride=(1,2,3)) | F.conv2d(x2,w2,stride=0) | F.conv2d(x2,w1)
F.conv2d(d,w2) | F.conv2d(x2,w2,padding=(1,1,1)) | F.conv2d(x2,w2,dilation=(0,1)) | F.conv2d(x2,m.ones(3,2,0,0)) | F.conv2d(x2,w2,groups=3) | F.conv3d(x2,w2) | F.conv3d(x3,w3,stride=0) | F.conv3d(x3,w2)
F.conv_transpose1d(x1,wt1,stride=0) | F.conv_transpose1d(x1,wt1,padding=-1) | F.conv_transpose1d(x1,wt1,output_padding=1) | F.conv_transpose1d(x1,wt1,output_padding=-1) | F.conv_transpose1d(x1,wt1,dilation=0)
F.conv_transpose1d(x1,wt1,groups=0) | F.conv_transpose1d(x1,wt1,padding=9) | F.conv_transpose1d(x1,m.ones(3,2,3)) | F.conv_transpose2d(x2,w1) | F.conv_transpose2d(x2,m.ones(2,2,3,3),stride=0)
F.conv_transpose2d(x2,m.ones(2,2,3,3),output_padding=2,stride=2) | F.conv_transpose2d(x2,m.ones(2,2,3,3),m.ones(5))
F.max_pool1d(x1,0) | F.max_pool1d(x1,2,0) | F.max_pool1d(x1,2,-1) | F.max_pool1d(x1,-2) | F.max_pool1d(x1,2,padding=2) | F.max_pool1d(x1,2,padding=-1) | F.max_pool1d(x1,2,dilation=0) | F.max_pool1d(x1,9) | F.max_pool1d(d[0],2)
F.max_pool1d(x2,2) | F.max_pool1d(x1,(2,2)) | F.max_pool1d(x1,()) | F.max_pool1d(x1.long(),2) | F.max_pool2d(x2,0) | F.max_pool2d(x2,2,0) | F.max_pool2d(x2,2,(1,0)) | F.max_pool2d(x2,2,padding=2) | F.max_pool2d(x2,2,padding=-1)
F.max_pool2d(x2,2,dilation=0) | F.max_pool2d(x2,9) | F.max_pool2d(d,2) | F.max_pool2d(x2,(2,2,2)) | F.max_pool2d(x2.bool(),2) | F.max_pool2d(x2[:,:,:0],2) | F.max_pool2d(x2[:,:0],2) | F.max_pool3d(x3,0) | F.max_pool3d(x3,2,0)
F.max_pool3d(x3,2,padding=2) | F.max_pool3d(d,2) | F.avg_pool1d(x1,0) | F.avg_pool1d(x1,2,0) | F.avg_pool1d(x1,2,-1) | F.avg_pool1d(x1,2,padding=2) | F.avg_pool1d(x1,2,padding=-1) | F.avg_pool1d(x1,9) | F.avg_pool1d(d[0],2)
F.avg_pool2d(x2,0) | F.avg_pool2d(x2,2,0) | F.avg_pool2d(x2,2,padding=2) | F.avg_pool2d(x2,2,divisor_override=0) | F.avg_pool2d(x2,9) | F.avg_pool2d(x2,(2,2,2)) | F.avg_pool3d(x3,0) | F.avg_pool3d(x3,2,0)
F.avg_pool3d(x3,2,divisor_override=0) | F.avg_pool3d(d,2) | F.lp_pool1d(x1,2,2,0) | F.lp_pool2d(x2,2,2,0) | F.adaptive_avg_pool1d(x1,-1) | F.adaptive_avg_pool1d(x1,(1,2)) | F.adaptive_avg_pool1d(d[0],2)
F.adaptive_avg_pool2d(x2,(1,2,3)) | F.adaptive_avg_pool2d(x2,-1) | F.adaptive_max_pool1d(x1,-1) | F.adaptive_max_pool2d(x2,-1) | F.adaptive_max_pool2d(d,1) | F.adaptive_max_pool2d(x2,(1,)) | F.adaptive_max_pool3d(x3,(1,2))
F.adaptive_avg_pool3d(x3,-1) | F.max_unpool1d(x1,x1,2) | F.max_unpool2d(x2,x2.long(),2,output_size=(1,1)) | F.max_unpool2d(x2,x1.long(),2) | F.fractional_max_pool2d(x2,2,output_size=9)
F.unfold(x2,0) | F.unfold(x2,2,0) | F.unfold(x2,2,padding=-1) | F.unfold(x2,2,stride=0) | F.unfold(x2,9) | F.unfold(d,2) | F.unfold(x2,(1,2,3)) | F.fold(t3,(4,4),2) | F.fold(m.ones(1,4,9),(4,4),0)
F.fold(m.ones(1,4,9),(4,4),2,stride=0) | F.fold(m.ones(1,4,8),(4,4),2) | F.fold(m.ones(1,5,9),(4,4),2) | F.fold(d,(4,4),2) | F.fold(m.ones(1,4,9),(4,4,4),2)
F.interpolate(x2) | F.interpolate(x2,2,2.) | F.interpolate(x2,0) | F.interpolate(x2,-1) | F.interpolate(x2,(2,2,2)) | F.interpolate(x2,scale_factor=0) | F.interpolate(x2,scale_factor=-1) | F.interpolate(x2,scale_factor=(1,2,3))
F.interpolate(x2,2,mode='bad') | F.interpolate(x2,2,mode='linear') | F.interpolate(x1,2,mode='bilinear') | F.interpolate(x2,2,mode='nearest',align_corners=True) | F.interpolate(x2,2,mode='trilinear')
F.interpolate(x1,2,mode='bicubic') | F.interpolate(d,2) | F.interpolate(x3,2,mode='bilinear') | F.interpolate(x2,2,antialias=True) | F.interpolate(x2,size=2,recompute_scale_factor=True) | F.interpolate(x2,(2,))
F.interpolate(x2[:,:,:0],2) | F.interpolate(x2[:,:0],2) | F.interpolate(x2.long(),2) | F.interpolate(x2.long(),2,mode='bilinear') | F.interpolate(m.ones(1,1,1,1,1,1),2) | F.pixel_shuffle(x2,0) | F.pixel_shuffle(x2,2)
F.pixel_shuffle(x2,-1) | F.pixel_unshuffle(x2,0) | F.pixel_unshuffle(x2,3) | F.pixel_shuffle(d,1) | F.channel_shuffle(x2,0) | F.channel_shuffle(x2,3) | F.channel_shuffle(d,1) | F.grid_sample(x2,x2)
F.grid_sample(x2,g2,mode='bad') | F.grid_sample(x2,g2,padding_mode='bad') | F.grid_sample(x1,g2) | F.grid_sample(x3,g2) | F.grid_sample(x2,g2.double()) | F.grid_sample(x3,m.ones(1,1,1,1,3),mode='bicubic')
F.grid_sample(x2[:,:,:0],g2) | F.affine_grid(d,(1,1,2,2)) | F.affine_grid(m.ones(1,2,3),(1,1,2)) | F.affine_grid(m.ones(1,2,3),(1,1,0,2)) | F.affine_grid(m.ones(1,2,3),(1,1,-2,2)) | F.affine_grid(m.ones(1,2,3).long(),(1,1,2,2))
F.pad(x2,(1,)) | F.pad(x2,(1,)*10) | F.pad(x2,(1,1),mode='bad') | F.pad(x2,(1,1),mode='reflect') | F.pad(x2,(5,5,0,0),mode='reflect') | F.pad(x2,(6,6,0,0),mode='circular') | F.pad(x2,(1,1,1,1),mode='reflect',value=1)
F.pad(x2,(1,1,1,1,1,1,1,1),mode='replicate') | F.pad(x2,(1.5,1)) | F.pad(x2,1) | F.pad(v,(1,1),mode='reflect') | F.pad(x2[:,:,:0],(1,1,1,1),mode='reflect') | F.pad(x2[:,:,:0],(1,1,1,1),mode='circular')
F.pad(x2,(-3,-3,0,0),mode='circular')
F.conv2d(x2,w2,dilation=0) | F.conv2d(x2,w2,dilation=-1) | F.conv3d(x3,w3,dilation=0) | F.conv3d(x3,w3,dilation=-1) | F.conv2d(x2,w2,padding=-1) | F.conv3d(x3,w3,padding=-1) | F.conv3d(x3,w3,groups=0)
F.conv_transpose2d(x2,m.ones(2,2,3,3),dilation=0) | F.conv_transpose3d(x3,m.ones(1,1,2,2,2),dilation=0) | F.conv_transpose2d(x2,m.ones(2,2,3,3),dilation=-1) | F.conv_transpose1d(x1,wt1,padding=4)
F.conv_transpose2d(x2,m.ones(2,2,3,3),padding=9) | F.conv_transpose3d(x3,m.ones(1,1,2,2,2),padding=9) | F.conv_transpose3d(x3,m.ones(1,1,2,2,2),output_padding=1) | F.conv_transpose1d(x1,wt1,groups=3) | F.conv1d(x1,m.ones(3,2,0))
F.conv2d(x2,m.ones(3,2,0,2)) | F.conv3d(x3,m.ones(1,1,0,1,1)) | F.conv_transpose2d(x2,m.ones(2,2,0,0)) | F.conv1d(x1,w1,dilation=(1,2)) | F.conv_transpose1d(x1,wt1,output_padding=(1,2)) | F.conv_transpose1d(x1,wt1,stride=(1,2))
F.conv1d(x1,w1,stride=())
F.max_pool2d(x2,2,-1) | F.max_pool2d(x2,2,dilation=-1) | F.max_pool2d(x2,-1) | F.max_pool3d(x3,2,-1) | F.max_pool3d(x3,2,padding=-1) | F.max_pool3d(x3,2,dilation=0) | F.max_pool3d(x3,2,dilation=-1) | F.max_pool3d(x3,-1)
F.avg_pool2d(x2,2,-1) | F.avg_pool2d(x2,2,padding=-1) | F.avg_pool2d(x2,-2) | F.avg_pool3d(x3,2,-1) | F.avg_pool3d(x3,2,padding=-1) | F.avg_pool3d(x3,-1) | F.avg_pool1d(x1,-2) | F.max_pool1d(x1,2,(1,2))
F.max_pool1d(x1,2,padding=(1,2)) | F.max_pool1d(x1,2,dilation=(1,2)) | F.max_pool2d(x2,2,(1,2,3)) | F.max_pool2d(x2,2,padding=(1,2,3)) | F.max_pool2d(x2,2,dilation=(1,2,3)) | F.avg_pool2d(x2,2,(1,2,3))
F.avg_pool2d(x2,2,padding=(1,2,3)) | F.max_pool3d(x3,(1,2)) | F.max_pool3d(x3,2,(1,2)) | F.max_pool3d(x3,2,padding=(1,2)) | F.avg_pool3d(x3,(1,2)) | F.avg_pool3d(x3,2,(1,2)) | F.avg_pool1d(x1,(2,2)) | F.avg_pool1d(x1,2,(1,2))
F.avg_pool1d(x1,2,padding=(1,2)) | F.max_pool3d(x3.bool(),2) | F.max_pool1d(x1.long().requires_grad_(False),2) | F.max_pool1d(x1.bool(),2) | F.avg_pool1d(x1.bool(),2) | F.avg_pool2d(x2.int(),2).dtype
F.adaptive_avg_pool2d(x2.long(),2) | F.adaptive_max_pool2d(x2.long(),2).dtype | F.adaptive_max_pool2d(x2.bool(),2) | F.avg_pool2d(x2[:,:0],2).shape | F.max_pool1d(x1[:,:0],2).shape | F.avg_pool1d(x1[:,:0],2).shape
F.adaptive_max_pool2d(x2[:,:0],2).shape | F.adaptive_avg_pool2d(x2[:,:,:0],2).shape | F.adaptive_avg_pool3d(x3,(1,2)) | F.adaptive_avg_pool1d(x1,()) | F.adaptive_max_pool1d(x1,(1,2)) | F.max_pool1d(x1[0,0],2)
F.max_pool2d(x2[0,0],2) | F.max_pool3d(x3[0,0,0],2) | F.avg_pool3d(x3[0,0],2) | F.avg_pool3d(x3[0,0,0],2) | F.adaptive_avg_pool3d(x3[0,0],2) | F.adaptive_max_pool3d(x3[0,0],2) | F.adaptive_max_pool1d(x1[0,0],2)
F.adaptive_avg_pool1d(x1[0,0],2) | F.adaptive_avg_pool2d(x2[0,0,0],2) | F.avg_pool1d(x1.unsqueeze(0),2)
F.max_unpool2d(x2,x2.long(),2,output_size=(3,)) | F.max_unpool3d(x3,x3.long()[0],2) | F.max_unpool1d(x1,x1.long()[0],2)
F.max_unpool1d(x1,x1.long(),2,output_size=(3,)) | F.max_unpool3d(x3,x3.long(),2,output_size=(3,3))
F.unfold(x2,2,padding=(1,1,1)) | F.unfold(x2,2,(1,1,1)) | F.unfold(x2,2,1,0,(1,1,1)) | F.unfold(x2[0,0],2) | F.unfold(x2[:,:0],2) | F.unfold(x2.long(),2) | F.fold(m.ones(4,8),(4,4),2) | F.fold(m.ones(1,4,9),(1,1),2)
F.fold(m.ones(1,4,9),(4,4),2,padding=-1) | F.fold(m.ones(1,4,9),(4,4),2,dilation=0) | F.fold(m.ones(4),(4,4),2) | F.fold(m.ones(1,1,4,9),(4,4),2) | F.fold(m.ones(1,4,9),(4,-4),2) | F.fold(m.ones(1,4,9).long(),(4,4),2)
F.fold(m.ones(1,4,9),(4,4),(2,2,2))
F.interpolate(x1,0) | F.interpolate(x3,0) | F.interpolate(x1,0,mode='linear') | F.interpolate(x3,0,mode='trilinear') | F.interpolate(x2,0,mode='bicubic') | F.interpolate(x2,0,mode='bilinear')
F.interpolate(x2,0,mode='nearest-exact') | F.interpolate(x1[:,:0],2) | F.interpolate(x3[:,:0],2) | F.interpolate(x2[:,:0],2,mode='bilinear') | F.interpolate(x1.long(),2) | F.interpolate(x3.long(),2)
F.interpolate(m.ones(1,2,5,5,dtype=m.int64),2) | F.interpolate(m.ones(1,2,5,5,dtype=m.int32),2,mode='bilinear') | F.interpolate(m.ones(1,3,5,5,dtype=m.int64),2) | F.interpolate(m.ones(1,3,5,5,dtype=m.int64),2,mode='bicubic')
F.interpolate(m.ones(1,3,5,dtype=m.int64),2,mode='linear') | F.interpolate(m.ones(1,3,5,5,5,dtype=m.int64),2,mode='trilinear') | F.interpolate(m.ones(1,3,5,5,dtype=m.bool),2) | F.interpolate(x2,(1.5,2))
F.interpolate(x2[0],2,antialias=True,mode='bilinear')
F.pixel_unshuffle(d,1) | F.pixel_unshuffle(x2,-1) | F.channel_shuffle(x2,-1) | F.grid_sample(x2,m.ones(2,1,1,2)) | F.grid_sample(x2,d) | F.grid_sample(d,d) | F.grid_sample(x2,m.ones(1,1,1,1,3))
F.grid_sample(x3,m.ones(1,1,1,1,2)) | F.grid_sample(x1,m.ones(1,2,1)) | F.grid_sample(x2.long(),g2) | F.grid_sample(x2.long(),g2.long()) | F.affine_grid(m.ones(1,2,3),(1,1,2,2,2)) | F.affine_grid(m.ones(1,3,4),(1,1,2,2))
F.affine_grid(m.ones(1,2,3),(1,1)) | F.affine_grid(m.ones(2,3),(1,1,2,2))
F.pad(x2,(-6,0,0,0),mode='replicate') | F.pad(x2[:,:,:0],(1,1,1,1),mode='replicate') | F.pad(x1[:,:,:0],(1,1),mode='replicate') | F.pad(x1[:,:,:0],(1,1),mode='reflect') | F.pad(x3[:,:,:0],(1,)*6,mode='reflect') | F.pad(d,'a')
F.pad(d,None)
"""  # fmt: skip

HONOURED = """
F.adaptive_avg_pool2d(d, 1) | F.adaptive_avg_pool3d(t3, 1)
F.avg_pool1d(x1.long(), 2) | F.avg_pool2d(-x2.long(), 2, padding=1, count_include_pad=False) | F.avg_pool3d(x3.long(), 2, divisor_override=3)
F.max_pool2d(-x2.long(), 3, 1, 1) | F.max_pool2d(x2[:0], 2) | F.max_pool1d(x1.long(), 2, return_indices=True) | F.adaptive_max_pool2d(x2[:0], 2)
F.interpolate(x2.to(m.uint8), 7) | F.interpolate(x2, m.tensor(3)) | F.grid_sample(x2[:, :0], g2) | F.max_unpool2d(x2, x2.long(), 2, output_size=(9, 9))
F.interpolate(x2, (3, 4), mode="bilinear", antialias=True) | F.interpolate(x2, (7, 2), mode="bicubic", antialias=True, align_corners=True)
F.interpolate(x2, scale_factor=0.37, mode="bicubic", antialias=True) | F.interpolate(x2, scale_factor=(0.4, 1.7), mode="bilinear", antialias=True)
F.interpolate(x2, 1, mode="bilinear", antialias=True, align_corners=True) | F.interpolate(x2, scale_factor=0.37, mode="bilinear", antialias=True, recompute_scale_factor=True)
"""  # fmt: skip


def evaluated(call):
    def claim(m):
        x1, x2, x3 = m.arange(10.0).reshape(1, 2, 5), m.arange(50.0).reshape(1, 2, 5, 5), m.arange(64.0).reshape(1, 1, 4, 4, 4)
        given = {"m": m, "F": m.nn.functional, "d": m.tensor([[2.0, 1.0], [1.0, 3.0]]), "v": m.tensor([1.0, 2.0]),
                 "s": m.tensor(2.0), "t3": m.arange(12.0).reshape(2, 2, 3), "x1": x1, "x2": x2, "x3": x3,
                 "w1": m.ones(3, 2, 3), "wt1": m.ones(2, 3, 3), "w2": m.ones(3, 2, 3, 3), "w3": m.ones(2, 1, 2, 2, 2),
                 "g2": m.ones(1, 2, 2, 2) * 0.3}  # fmt: skip
        return eval(call, given)

    return claim


@pytest.mark.filterwarnings("ignore:Default grid_sample")
@pytest.mark.parametrize("call", calls(REFUSED))
def test_a_mistake_is_told_as_pytorch_tells_it(call):
    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError)):
        evaluated(call)(lab)
    holds(evaluated(call), warnings=False)


@pytest.mark.parametrize("call", calls(HONOURED))
def test_an_argument_near_those_mistakes_is_honoured(call):
    holds(evaluated(call), 1e-5, warnings=False)


def test_what_integers_cannot_be_mixed_to_is_named():
    image = lab.arange(25).reshape(1, 1, 5, 5).to(lab.uint8)
    with pytest.raises(NotImplementedError, match="interpolate: mode='bilinear' is not supported for uint8; resize"):
        lab.nn.functional.interpolate(image, 2, mode="bilinear")


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_antialiased_resizing_has_its_node_and_gradient(mode):
    def claim(m):
        x = m.linspace(-1, 2, 70, dtype=m.float64).reshape(1, 1, 7, 10).sin().requires_grad_()
        out = m.nn.functional.interpolate(x, (3, 12), mode=mode, antialias=True)
        return out, out.grad_fn.name(), m.autograd.grad((out * out).sum(), x)

    holds(claim, 1e-10)
